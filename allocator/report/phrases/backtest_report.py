"""The report of a backtest."""

from __future__ import annotations

PHRASES = {
    # --- rows
    "Period": "Период",
    "Universe size": "Бумаг вместе с деньгами",
    "Initial timestamp": "Начало",
    "Final timestamp": "Конец",
    "Number of periods": "Число периодов",
    "Periods a year": "Периодов в году",
    "Money": "Деньги",
    "Initial value, ₽": "Начальная стоимость, ₽",
    "Final value, ₽": "Конечная стоимость, ₽",
    "Profit, ₽": "Прибыль, ₽",
    "Returns": "Доходность",
    "Average return, annualised": "Средняя доходность, годовая",
    "Volatility, annualised": "Волатильность, годовая",
    "Average excess return, annualised": "Средняя избыточная доходность, годовая",
    "Average active return, annualised": "Средняя активная доходность, годовая",
    "Excess volatility, annualised": "Избыточная волатильность, годовая",
    "Active volatility, annualised": "Активная волатильность, годовая",
    "Growth": "Рост",
    "Average growth rate, annualised": "Средний темп роста, годовой",
    "Average excess growth rate, annualised": "Средний избыточный темп роста, годовой",
    "Average active growth rate, annualised": "Средний активный темп роста, годовой",
    "Costs of a period": "Издержки за период",
    "Average commission": "Комиссия в среднем",
    "Maximum commission": "Комиссия наибольшая",
    "Average half spread": "Полспреда в среднем",
    "Maximum half spread": "Полспреда наибольшие",
    "Average impact": "Влияние на цену в среднем",
    "Maximum impact": "Влияние на цену наибольшее",
    "Average of all costs": "Все издержки в среднем",
    "Maximum of all costs": "Все издержки наибольшие",
    "Commission paid, ₽": "Уплачено комиссии, ₽",
    "Half spread paid, ₽": "Уплачено в полспреда, ₽",
    "Impact paid, ₽": "Потеряно на влиянии, ₽",
    "All costs paid, ₽": "Всего издержек, ₽",
    "Ratios": "Коэффициенты",
    "Sharpe ratio": "Коэффициент Шарпа",
    "Information ratio": "Информационный коэффициент",
    "Drawdown, leverage and turnover": "Просадка, плечо и оборот",
    "Average drawdown": "Средняя просадка",
    "Minimum drawdown": "Глубочайшая просадка",
    "Average leverage": "Плечо в среднем",
    "Maximum leverage": "Плечо наибольшее",
    "Average turnover": "Оборот в среднем",
    "Maximum turnover": "Оборот наибольший",
    "Computing time": "Время счёта",
    "Average policy time": "На решение в среднем",
    "Average simulator time": "На симуляцию в среднем",
    "of which market data": "из них рыночные данные",
    "of which result": "из них результат",
    "Total time": "Всего времени",
    "sum of the fees, in roubles": "сумма комиссий в рублях",
    "sum of half the spread of all deals, in roubles": "сумма половин спреда всех сделок в рублях",
    "sum of the impact of all deals, in roubles": "сумма влияния всех сделок на цену в рублях",
    # --- units
    "{points} bp": "{points} б. п.",
    "{time} s": "{time} с",
    "{time} ms": "{time} мс",
    "{time} µs": "{time} мкс",
    # --- text
    "Strategy": "Стратегия",
    "Final value": "Итог, ₽",
    "Sharpe": "Шарп",
    "Drawdown": "Просадка",
    "Costs": "Издержки",
    "Sharpe ratio on the tuning period: {rows} down, {columns} across; [ ] is the chosen one.": (
        "Коэффициент Шарпа на периоде настройки: {rows} сверху вниз, {columns} слева направо; [ ] — выбрано."
    ),
    "Chosen: {settings}, Sharpe ratio {sharpe} on the tuning period. Settings tried: {trials}, worth "
    "{independent} independent {independent:one|ones}.": (
        "Выбрано: {settings}, коэффициент Шарпа на периоде настройки {sharpe}. Испытано настроек: "
        "{trials}, это как {independent} {independent:независимая|независимых|независимых}."
    ),
    "Deflated Sharpe ratio: {probability}% is the probability that the chosen one truly earns more than cash, all "
    "trials counted; the best of as many worthless ones would show {luck} by luck. Above {bar}%: more than luck.": (
        "Очищенный коэффициент Шарпа: {probability}% — вероятность, что выбранное и вправду зарабатывает больше денег "
        "на счёте, с учётом всех испытаний; лучшая из стольких же бесполезных настроек показала бы {luck} по удаче. "
        "Выше {bar}%: это больше, чем удача."
    ),
    "Deflated Sharpe ratio: {probability}% is the probability that the chosen one truly earns more than cash, all "
    "trials counted; the best of as many worthless ones would show {luck} by luck. Not above {bar}%: it may be luck.": (
        "Очищенный коэффициент Шарпа: {probability}% — вероятность, что выбранное и вправду зарабатывает больше денег "
        "на счёте, с учётом всех испытаний; лучшая из стольких же бесполезных настроек показала бы {luck} по удаче. "
        "Не выше {bar}%: это может быть удача."
    ),
    "Probability of backtest overfitting: {probability}%: so often what was best in one half of the tuning period was "
    "below the median in the other ({splits} ways to halve it). 50% is a choice among noise; the less, the better.": (
        "Вероятность подгонки: {probability}%: так часто лучшее на одной половине периода настройки оказывалось ниже "
        "медианы на другой (способов делить пополам: {splits}). 50% — выбор среди шума; чем меньше, тем лучше."
    ),
    "{name}: more events: {count}; --json has them.": "{name}: ещё событий: {count}; они есть в --json.",
    "without a benchmark the active figures stand against cash.": (
        "без эталона активные показатели считаются против денег на счёте."
    ),
    "{name} was chosen by trials: {settings}, Sharpe ratio {sharpe} there.": (
        "{name}: настройки выбраны испытаниями: {settings}, коэффициент Шарпа там {sharpe}."
    ),
    "How each figure is worked out (v: value, r: return of a period; bp: hundredths of a percent):": (
        "Как посчитан каждый показатель (v — стоимость, r — доходность периода; б. п. — сотые доли процента):"
    ),
    "{key} is no row of a backtest's report.": "{key}: такой строки в отчёте о бэктесте нет.",
    "Rows: {rows}": "Строки: {rows}",
    "it is infinite: what it is divided by is zero": "бесконечность: делитель равен нулю",
    "there is nothing to work it out from": "считать не из чего",
    # --- charts
    "Benchmark": "Эталон",
    "Value": "Стоимость",
    "Value, {unit}": "Стоимость, {unit}",
    "Below the highest value, %": "Ниже наибольшей стоимости, %",
    "Share of wealth, %": "Доля портфеля, %",
    "others": "остальные",
    "Cash": "Деньги",
    "Turnover, %": "Оборот, %",
    "Commission": "Комиссия",
    "Half spread": "Полспреда",
    "Impact": "Влияние на цену",
    "Costs, {unit}": "Издержки, {unit}",
    "Costs, % of the initial value": "Издержки, % от начальной стоимости",
    "bn ₽": "млрд ₽",
    "mn ₽": "млн ₽",
    "thousand ₽": "тыс. ₽",
    "₽": "₽",
    "λ of the loss": "λ функции потерь",
    "Risk aversion γ": "Неприятие риска γ",
    "Sharpe ratio of a year on the tuning period": "Годовой коэффициент Шарпа на периоде настройки",
    "Weights: {name}": "Доли: {name}",
    "Turnover: {name}": "Оборот: {name}",
    # --- page
    "{first} to {last}, periods: {periods}": "С {first} по {last}, периодов: {periods}",
    "At a glance": "Главное",
    "Weights": "Доли",
    "Grid": "Сетка",
    "All figures": "Все показатели",
    "Notes": "Примечания",
    "Value of all that each strategy has, costs paid. The benchmark begins with the same money.": (
        "Стоимость всего, что есть у каждой стратегии, после издержек. Эталон начинает с тех же денег."
    ),
    "Drawdown: value over the highest so far, less one.": (
        "Просадка: стоимость, делённая на наибольшую до этого, минус единица."
    ),
    "Commission, half of the spread and impact of all deals so far.": (
        "Комиссия, половина спреда и влияние на цену всех сделок с начала."
    ),
    "{name}: from {first} to {last} ₽.": "{name}: с {first} до {last} ₽.",
    "{name}: {deepest} at the worst, {average} on average.": "{name}: в худший момент {deepest}, в среднем {average}.",
    "{name}: {paid} ₽ paid.": "{name}: уплачено {paid} ₽.",
    "Weights, turnover and costs": "Доли, оборот и издержки",
    "Strategies whose weights are not drawn: {count}.": "Стратегий, чьи доли не нарисованы: {count}.",
    "{name}: weights. On average {weights}.": "{name}: доли. В среднем {weights}.",
    "Shares of wealth before the deals of each period.": "Доли портфеля перед сделками каждого периода.",
    "{name}: turnover {average} a period on average, {greatest} at most; {paid} ₽ of costs paid.": (
        "{name}: оборот за период в среднем {average}, самое большее {greatest}; издержек уплачено {paid} ₽."
    ),
    "Turnover: half of what is dealt, over value; of many periods means. Costs: all that was paid so far.": (
        "Оборот: половина суммы сделок к стоимости, а если периодов много — средние. Издержки: всё, что уплачено с "
        "начала."
    ),
    "Grid of the tuning period": "Сетка на периоде настройки",
    "Sharpe ratios of {count} {count:cell|cells}; chosen: {best}, {sharpe}.": (
        "Коэффициенты Шарпа, ячеек: {count}; выбрано: {best}, {sharpe}."
    ),
    "Sharpe ratio of a year on the tuning period. The frame is around the chosen one.": (
        "Годовой коэффициент Шарпа на периоде настройки. В рамке — выбранное."
    ),
    "Figure, and how it is worked out": "Показатель и как он посчитан",
    "v: value. r: return of a period. Y: periods a year. bp: hundredths of a percent.": (
        "v — стоимость, r — доходность периода, Y — периодов в году, б. п. — сотые доли процента."
    ),
    "What a strategy earned in the past says little of what it will earn.": (
        "То, что стратегия заработала раньше, мало говорит о том, что она заработает."
    ),
}
