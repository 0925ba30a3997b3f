"""`allocator recommend`."""

from __future__ import annotations

PHRASES = {
    "{path}: the portfolio has no value to deal with.": "{path}: портфель ничего не стоит, торговать нечем.",
    "Write what you hold in [have] and your money in [cash].": "Запишите бумаги в [have], а деньги в [cash].",
    "{name}: there is no forecast yet.": "{name}: прогноза ещё нет.",
    "The forecast of {day} does not say what each model said: it was made by an older version.": (
        "Прогноз за {day} не хранит мнения отдельных моделей: его сделала более старая версия."
    ),
    "No security of the forecast has a quote.": "Ни у одной бумаги прогноза нет котировки.",
    "See which it has: allocator forecast": "Посмотрите, какие в нём есть: allocator forecast",
    "without a forecast, and so kept as they are: {tickers}": "без прогноза, поэтому остаются как есть: {tickers}",
    "one model has no bounds; train more: allocator train --count 5": (
        "у одной модели нет границ; обучите ещё: allocator train --count 5"
    ),
    "without a quote, and so not recommended: {tickers}": "без котировки, поэтому не рекомендуются: {tickers}",
    "buy": "купить",
    "sell": "продать",
    "free cash": "на свободные деньги",
    "raise cash": "ради денег",
    "Weight": "Доля",
    "Gradient": "Градиент",
    "Action": "Действие",
    "Gradient: what one more unit of weight adds to a year's return less {aversion} × variance; "
    "{kept}% of the forecast is kept, {ahead} {ahead:bar|bars} ahead for {horizon} "
    "{horizon:day|days} of holding. Lower and Upper are its bounds with 95% for all at once, less "
    "and plus the costs of a deal.": (
        "Градиент: сколько ещё одна единица доли прибавит к доходу за год минус {aversion} × дисперсия; "
        "от прогноза на {ahead} {ahead:свечу|свечи|свечей} вперёд оставлено {kept}%, срок владения "
        "{horizon} {horizon:день|дня|дней}. «От» и «До» — его границы с доверием 95% для всех сразу, "
        "минус и плюс издержки сделки."
    ),
    "each model's aversion": "неприятие риска модели",
    "Models: {models}, as good as {witnesses} independent {witnesses:one|ones}. The forecast is of {time}.": (
        "Моделей: {models}, они стоят {witnesses} {witnesses:независимой|независимых|независимых}. Прогноз за {time}."
    ),
    "No exchange is proven to pay for its costs: the portfolio may stay as it is.": (
        "Ни один обмен не окупит издержки наверняка: портфель можно оставить как есть."
    ),
    "Buy: {tickers}.": "Купить: {tickers}.",
    "Sell: {tickers}.": "Продать: {tickers}.",
    "For free cash, the greatest lower bound is that of {ticker}.": (
        "Для свободных денег: самая высокая нижняя граница — у {ticker}."
    ),
    "Nothing is proven to be better than cash.": "Ничто не лучше денег наверняка.",
    "OUTDATED: the holdings have changed since the forecast was made. Type: {command}": (
        "УСТАРЕЛО: портфель изменился после прогноза. Введите: {command}"
    ),
    "TIME LIMIT: the lots are the best found, not proven to be the nearest.": (
        "ВРЕМЯ ВЫШЛО: лоты — лучшие из найденных, что они самые близкие, не доказано."
    ),
    "Breakeven: {share}.": "Порог: {share}.",
    "Deals: {deals}. Cost: {cost}. Cash: {before} before, {after} after.": (
        "Сделок: {deals}. Издержки: {cost}. Деньги: было {before}, станет {after}."
    ),
    "Less than a lot, or than it costs: {tickers}.": "Меньше лота или издержек: {tickers}.",
}
