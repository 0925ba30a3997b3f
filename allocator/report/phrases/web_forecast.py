"""The pages Forecast and Optimization."""

from __future__ import annotations

PHRASES = {
    "There is no forecast yet": "Прогноза ещё нет",
    "The loop makes one by itself: it loads bars, trains models and asks them. The first takes a while; the data page "
    "shows how far it is.": (
        "Цикл сделает его сам: загрузит свечи, обучит модели и спросит их. Первый прогноз занимает время; на странице "
        "данных видно, как далеко дело зашло."
    ),
    "See what is being done": "Посмотреть, что делается",
    "See the models": "Посмотреть модели",
    "Nobody works on one now. Type these in a terminal, one after another:": (
        "Сейчас над ним никто не работает. Введите в терминале одно за другим:"
    ),
    "How far to believe it:": "Насколько ему верить:",
    "Too old to act on: {reason}.": "Слишком стар, чтобы по нему действовать: {reason}.",
    "The loop makes another when there are newer bars.": "Цикл сделает новый, когда будут новые свечи.",
    "then: {command}": "затем: {command}",
    "The accounts have changed since this forecast was made; what came in may lack one.": (
        "С тех пор, как сделан прогноз, счета изменились; у новых бумаг прогноза может не быть."
    ),
    "Expected return of what you hold": "Ожидаемая доходность портфеля",
    "models say {mean}; {kept} of a forecast is kept": "модели говорят {mean}; от прогноза оставлено {kept}",
    "Risk of what you hold": "Риск портфеля",
    "deviation of a year's return": "отклонение доходности за год",
    "Covered by the forecast": "Охвачено прогнозом",
    "cash is {share}; closes of {day}": "деньги: {share}; закрытия за {day}",
    "as good as {count} independent {count:one|ones}": "стоят {count} {count:независимой|независимых|независимых}",
    "Newest bar": "Последняя свеча",
    "bars ahead: {count}; made {time}": "свечей вперёд: {count}; сделан {time}",
    "Every security": "Все бумаги",
    "A year's return. Kept is what is acted on; the bounds are of the expected return, with {confidence} confidence; "
    "beta is to what you hold.": (
        "Доходность за год. «Остаётся» — то, по чему действуют; границы — ожидаемой доходности, с доверием "
        "{confidence}; бета — к вашему портфелю."
    ),
    "Bounds": "Границы",
    "Beta": "Бета",
    "Without a forecast: {count}": "Без прогноза: {count}",
    "What do you hold?": "Что у вас есть?",
    "Advice is about your accounts, and there are none yet.": "Советы касаются ваших счетов, а их ещё нет.",
    "Open an account": "Завести счёт",
    "There is no forecast to go by yet": "Прогноза, на который можно опереться, ещё нет",
    "What to buy and sell follows from what models expect.": "Что купить и продать, следует из ожиданий моделей.",
    "See what it takes": "Посмотреть, что для этого нужно",
    "No advice has been worked out yet": "Совета ещё нет",
    "It is being worked out": "Он составляется",
    "Work it out now": "Составить сейчас",
    "Type in a terminal: {command}": "Введите в терминале: {command}",
    "outdated": "устарело",
    "Download orders": "Скачать поручения",
    "Work it out again": "Составить заново",
    "Outdated:": "Устарело:",
    "It is being worked out anew": "Составляется заново",
    "It is being worked out at the prices of now; this page shows it when it is ready": (
        "Составляется по ценам этой минуты; страница покажет, когда будет готово"
    ),
    "It could not be worked out anew:": "Составить заново не удалось:",
    "The forecast was made for other holdings; what came in since may lack one. The loop makes another with the next "
    "bars, or type: {command}": (
        "Прогноз сделан для другого портфеля; у новых бумаг его может не быть. Цикл сделает новый со следующими "
        "свечами, или введите: {command}"
    ),
    "Prices without a quote, the closes of {day}:": "Цены без котировки, закрытия за {day}:",
    "The lots are the best that were found in time, not proven to be the nearest.": (
        "Лоты — лучшие из найденных за отведённое время; что они самые близкие, не доказано."
    ),
    "for {money}": "на {money}",
    "Fees": "Комиссии",
    "{money} before": "было {money}",
    "Breakeven": "Порог",
    "kept for days: {days}; of the forecast: {kept}": "срок владения, дней: {days}; от прогноза оставлено {kept}",
    "Orders": "Поручения",
    "Deals of {account}": "Сделки счёта {account}",
    "Gradient: what one more unit of weight adds to a year's utility. Lower and upper are its bounds, less the costs "
    "of a purchase and plus those of a sale. Priority: how far the bound of a deal is beyond the breakeven.": (
        "Градиент: сколько ещё одна единица доли прибавит к полезности за год. «От» и «До» — его границы, минус "
        "издержки покупки и плюс издержки продажи. Приоритет: насколько граница сделки дальше порога."
    ),
    "Priority": "Приоритет",
    "Worked out {time}, for {horizon} {horizon:day|days} of holding; quotes: {provider}, {quoted}; "
    "forecast of {day}, models: {models}.": (
        "Составлено {time}, срок владения {horizon} {horizon:день|дня|дней}; котировки: {provider}, "
        "{quoted}; прогноз за {day}, моделей: {models}."
    ),
    "without a time": "без времени",
    "The loop does not run: nobody works advice out.": "Цикл не работает: составлять совет некому.",
    "Type in a terminal: allocator recommend": "Введите в терминале: allocator recommend",
    "There is no advice yet.": "Совета ещё нет.",
    "The advice knows no account {account}.": "В совете нет счёта {account}.",
}
