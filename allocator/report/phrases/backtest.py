"""The backtest in Russian: its rules, its events, its figures' formulas."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- costs
    "A fee or a spread of 1 or more takes the whole deal.": "Комиссия или спред от 1 и выше съедает всю сделку.",
    "They are shares of what is dealt: 0.0002 is 0.02%.": "Это доли суммы сделки: 0.0002 — это 0.02%.",
    "The impact of a deal needs a window of two bars or more.": (
        "Чтобы оценить влияние сделки на цену, нужно окно не короче двух свечей."
    ),
    "The cost {name} is {value}: it must be 0 or more.": "Издержки {name} равны {value}, а должны быть не меньше 0.",
    # --- forecasts
    "Forecasts of shape {mean} do not fit covariances of shape {covariances} on {rows} rows.": (
        "Прогнозы размера {mean} не подходят к ковариациям размера {covariances} (строк: {rows})."
    ),
    "The rows of covariances do not increase.": "Строки ковариаций не возрастают.",
    "A forecast is infinite.": "Один из прогнозов бесконечен.",
    "The forecasts have {rows} {rows:bar|bars}: bar {row} is not among them.": (
        "Свечей в прогнозах: {rows}, свечи {row} среди них нет."
    ),
    "The covariance of row {row} has gaps, or is not the same both ways.": (
        "Ковариация строки {row} с пропусками или несимметрична."
    ),
    # --- leaks
    "The future leaks: the decision of {time} moved by {size:.3g} when only bars after {after} were changed.": (
        "Утечка из будущего: решение {time} изменилось на {size:.3g}, хотя менялись только свечи после {after}."
    ),
    "No past decision moved when the future was changed after {count} {count:bar|bars}.": (
        "Ни одно прошлое решение не изменилось, когда менялось будущее (проверено свечей: {count})."
    ),
    "A leak is looked for after rows {start} to {stop}.": "Утечки ищут после строк от {start} до {stop}.",
    # --- the market
    "Bar {time} of the market is not later than the one before.": "Свеча {time} не позже предыдущей.",
    "Each security of the market has a lot of one unit or more.": "Лот каждой бумаги — одна штука или больше.",
    "What cash earns is known for each bar of the market, and more than -1.": (
        "Доход на деньги известен для каждой свечи и больше -1."
    ),
    "{ticker} is left out: on {time} its price moved by a factor of {factor:.4g} without a split.": (
        "{ticker} не участвует: {time} цена умножилась на {factor:.4g} без дробления."
    ),
    "The market has not one bar.": "Нет ни одной свечи.",
    "Fill the store: allocator refresh": "Заполните хранилище: allocator refresh",
    "From {since} to {until} there are fewer than two bars: nothing can be held.": (
        "С {since} по {until} меньше двух свечей: держать нечего."
    ),
    "Choose a longer span.": "Выберите срок подлиннее.",
    "The market's {name} is a table of {shape}, not of {bars} {bars:bar|bars} × {names} {names:security|securities}.": (
        "Таблица {name} размера {shape}, а свечей {bars} и бумаг {names}."
    ),
    "{ticker}: its {name} on {time} is {value}.": "{ticker}: {name} за {time} равно {value}.",
    "Leave the security out, or set its bar right: allocator data status": (
        "Исключите бумагу или исправьте свечу: allocator data status"
    ),
    "{name}: a level of the benchmark is not above zero.": "{name}: значение эталона не больше нуля.",
    "{day} is outside of the data: they begin on {first} and end on {last}.": (
        "{day} вне данных: они начинаются {first} и кончаются {last}."
    ),
    "Choose dates within them, or fetch what is missing: allocator refresh": (
        "Выберите даты внутри них или скачайте недостающее: allocator refresh"
    ),
    # --- formulas
    "the securities and cash": "бумаги и деньги",
    "the bar of the first decision": "свеча первого решения",
    "the bar of the last value": "свеча последней стоимости",
    "as cvxportfolio counts: P decisions, each held to the next, and the end (not after going broke)": (
        "как считает cvxportfolio: P решений, каждое до следующего, и конец (кроме разорения)"
    ),
    "Y = (P + 1) / (the last time - the first) × 365.24 days, rounded to a whole number": (
        "Y = (P + 1) / (последнее время - первое) × 365.24 дня, округлено до целого"
    ),
    "v₀: cash and securities at their last prices, before the first deals": (
        "v₀: деньги и бумаги по последним ценам, до первых сделок"
    ),
    "v at the end": "v в конце",
    "the final value - the initial value": "конечная стоимость - начальная",
    "Y × mean of r, r = vₜ₊₁ / vₜ - 1": "Y × среднее r, r = vₜ₊₁ / vₜ - 1",
    "√Y × deviation of r (divided by P, not by P - 1)": "√Y × отклонение r (делится на P, а не на P - 1)",
    "Y × mean of (r - return of cash)": "Y × среднее (r - доходность денег)",
    "Y × mean of (r - return of the benchmark; of cash without one)": (
        "Y × среднее (r - доходность эталона; без него — денег)"
    ),
    "√Y × deviation of (r - return of cash)": "√Y × отклонение (r - доходность денег)",
    "√Y × deviation of (r - return of the benchmark)": "√Y × отклонение (r - доходность эталона)",
    "Y × mean of log(1 + r)": "Y × среднее log(1 + r)",
    "Y × mean of log(1 + r - return of cash)": "Y × среднее log(1 + r - доходность денег)",
    "Y × mean of log(1 + r - return of the benchmark)": "Y × среднее log(1 + r - доходность эталона)",
    "mean of the period's fees / v": "среднее комиссий периода / v",
    "greatest of the period's fees / v": "наибольшее из комиссий периода / v",
    "mean of half the spread of the period's deals / v": "среднее половины спреда сделок периода / v",
    "greatest of half the spread of the period's deals / v": "наибольшее из половины спреда сделок периода / v",
    "mean of the impact of the period's deals / v": "среднее влияния сделок периода на цену / v",
    "greatest of the impact of the period's deals / v": "наибольшее из влияния сделок периода на цену / v",
    "mean of (fees + spread + impact of the period) / v": "среднее (комиссии + спред + влияние на цену) / v",
    "greatest of (fees + spread + impact of the period) / v": "наибольшее (комиссии + спред + влияние на цену) / v",
    "sum of fees, spread and impact, in roubles": "сумма комиссий, спреда и влияния на цену, в рублях",
    "the average excess return / (the excess volatility + 1e-8), both of a year": (
        "средняя доходность сверх денег / (её волатильность + 1e-8), обе за год"
    ),
    "the average active return / (the active volatility + 1e-8), both of a year": (
        "средняя доходность сверх эталона / (её волатильность + 1e-8), обе за год"
    ),
    "mean of v / (greatest v so far) - 1": "среднее v / (наибольшее v до этого) - 1",
    "least of v / (greatest v so far) - 1": "наименьшее v / (наибольшее v до этого) - 1",
    "mean of the sum of weights without cash": "среднее суммы долей без денег",
    "greatest sum of weights without cash": "наибольшая сумма долей без денег",
    "mean of (bought + sold) / (2v), a switch of everything is 100%; over the periods as counted, 0 at the end": (
        "среднее (куплено + продано) / (2v), полная замена — 100%; по периодам, как они посчитаны, в конце 0"
    ),
    "greatest (bought + sold) / (2v)": "наибольшее (куплено + продано) / (2v)",
    "mean seconds of a decision": "секунд на решение в среднем",
    "mean seconds of a period besides the decision": "секунд на период в среднем, кроме решения",
    "of them, for reading the market": "из них на чтение рынка",
    "of them, for putting the result together": "из них на сборку результата",
    "seconds of all decisions and of the simulator": "секунд на все решения и на симулятор",
    "{name}: a backtest without a period has no figures.": "{name}: у прогона без единого периода нет показателей.",
    # --- strategies
    '"{every}" does not say when to rebalance.': "«{every}» не говорит, когда перебалансировать.",
    "Choose one of: {choices}, or a number of bars.": "Выберите одно из: {choices}, или число свечей.",
    "A band of {width} is not one: it must be above 0.": "Полоса {width} не годится: она больше 0.",
    "Target weights are 0 or more and at most 1 in sum.": "Целевые доли не меньше 0, а в сумме не больше 1.",
    "What is left of 1 is held in cash.": "Что осталось до 1, держится в деньгах.",
    "The market is weighed by sizes of 0 or more, or by turnover over a bar or more.": (
        "Рынок взвешивается по размерам не меньше 0 или по обороту не меньше чем за одну свечу."
    ),
    "Momentum needs a lookback and a top of 1 or more, and a skip below the lookback.": (
        "Стратегии по импульсу нужны срок и число лучших от 1, а пропуск — короче срока."
    ),
    "A risk aversion of {gamma} at every {every} {every:bar|bars} cannot be.": (
        "Неприятия риска {gamma} с решениями раз в {every} {every:свечу|свечи|свечей} не бывает."
    ),
    "The risk aversion is above 0, and decisions are at every bar or rarer.": (
        "Неприятие риска больше 0, а решения — на каждой свече или реже."
    ),
    "From here on there are bars without any forecast; nothing is dealt at them.": (
        "Отсюда бывают свечи без единого прогноза; на них сделок нет."
    ),
    "From here on securities lack a forecast at times: they are sold then.": (
        "Отсюда у бумаг порой нет прогноза: тогда их продают."
    ),
    "From here on securities lack a forecast at times: they are left as they are then.": (
        "Отсюда у бумаг порой нет прогноза: тогда их не трогают."
    ),
    # --- choosing among trials
    "A grid of {rows} × {columns} settings has {paths} {paths:backtest|backtests}.": (
        "Для сетки {rows} × {columns} прогонов сделано: {paths}."
    ),
    "The tuning period has {periods} {periods:decision|decisions}; {least} are needed to compare settings.": (
        "Решений за период настройки: {periods}; чтобы сравнить настройки, нужно {least}."
    ),
    "Choose a longer tuning period.": "Выберите период настройки подлиннее.",
    "Backtests of different periods cannot be compared.": "Прогоны за разные периоды сравнить нельзя.",
    "How much of the Sharpe ratio is luck cannot be said. {why}": (
        "Сколько в коэффициенте Шарпа удачи, сказать нельзя. {why}"
    ),
    "Whether choosing overfits cannot be said. {why}": "Не переобучен ли выбор, сказать нельзя. {why}",
    # --- the simulator
    '"{execution}" is not a way to deal.': "«{execution}» — не способ заключать сделки.",
    "Choose one of: {choices}.": "Выберите одно из: {choices}.",
    "Decisions on rows {start} to {stop} do not fit a market of {bars} {bars:bar|bars}.": (
        "Решения на строках от {start} до {stop} не помещаются в данные, где свечей {bars}."
    ),
    "The last decision needs a bar after it; choose a period with two bars or more.": (
        "После последнего решения нужна ещё свеча; выберите период не короче двух свечей."
    ),
    "What a backtest begins with is cash and units of each security, 0 or more.": (
        "Прогон начинают с денег и штук каждой бумаги, не меньше 0."
    ),
    "{ticker}: it is held from the start, and has no price by {time}.": (
        "{ticker}: есть с самого начала, но цены к {time} ещё нет."
    ),
    "Begin later, or without it.": "Начните позже или без неё.",
    "A backtest that begins with nothing stays with nothing.": "Кто начинает ни с чем, с тем и останется.",
    "Give it some cash.": "Дайте немного денег.",
    "{strategy}, {time}: it wants weights that are unknown, below zero or above 1 in sum.": (
        "{strategy}, {time}: желаемые доли неизвестны, меньше нуля или в сумме больше 1."
    ),
    "{ticker}: on {time} its price moved by a factor of {factor:.4g} without a split.": (
        "{ticker}: {time} цена умножилась на {factor:.4g} без дробления."
    ),
    "If it was split, declare it: allocator data split {ticker} {day} BEFORE:AFTER; if not, leave it out.": (
        "Если дробление было, объявите его: allocator data split {ticker} {day} БЫЛО:СТАЛО; если нет, исключите бумагу."
    ),
    "Broke: {value} ₽ of {initial} ₽ is left.": "Разорение: из {initial} ₽ осталось {value} ₽.",
    "{strategy}, {time}: {why}": "{strategy}, {time}: {why}",
    "{name} is not known yet: the figures stand against cash.": (
        "{name} ещё неизвестен: показатели сравниваются с деньгами."
    ),
    "Nothing is dealt where no plan fits: {why}": "Сделок нет там, где план невозможен: {why}",
    "{ticker} is not traded any more: all of it is paid out at its last price, {worth} ₽ in sum.": (
        "{ticker} больше не торгуется: всё выплачено по последней цене, итого {worth} ₽."
    ),
}
