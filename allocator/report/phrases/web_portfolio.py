"""The pages of the portfolio, of accounts and of dividends."""

from __future__ import annotations

PORTFOLIO = {
    "Save as a portfolio file": "Сохранить файлом портфеля",
    "There is no account yet": "Счетов пока нет",
    "Three steps, and this page shows what you have and what it gained:": (
        "Три шага, и эта страница покажет, что у вас есть и сколько это принесло:"
    ),
    "Create an account, or import a portfolio file into one.": "Заведите счёт или загрузите в него файл портфеля.",
    "Write down its cash and its securities.": "Запишите деньги и бумаги на нём.",
    "Load prices: the loop of this server does it by itself; by hand it is": (
        "Загрузите цены: цикл этого сервера делает это сам, а вручную —"
    ),
    "Create or import an account": "Завести или загрузить счёт",
    "without {tickers}": "без {tickers}",
    "closes of {day}": "по закрытию {day}",
    "{share} of all accounts": "{share} от всех счетов",
    "The store does not know the lots of {tickers}: one unit is a lot where nothing else is said. "
    "Bars from files bring none, the exchange does: allocator refresh": (
        "В хранилище нет размеров лотов {tickers}: лотом считается одна бумага, если не сказано иначе. "
        "В файлах со свечами лотов нет, их даёт биржа: allocator refresh"
    ),
    "The last closes are {days} {days:day|days} old. Newer ones come with: allocator refresh": (
        "Последним закрытиям {days} {days:день|дня|дней}. Новые загрузит: allocator refresh"
    ),
    "Last day of trading": "За последний день торгов",
    "dividends {money}": "дивиденды {money}",
    "Since {day}": "С {day}",
    "Since the beginning": "С начала",
    "Effective positions": "Эффективных позиций",
    "{count} open": "открыто: {count}",
    "History": "История",
    "Value of the securities from {since} to {till}, and what was brought in and paid for them": (
        "Стоимость бумаг с {since} по {till} и сколько в них внесено и вложено"
    ),
    "As a table": "Таблицей",
    "At the last close of each month": "По последнему закрытию каждого месяца",
    "Brought in and paid for them": "Внесено и вложено в них",
    "Above it": "Сверх этого",
    "The chart begins with the second close after the first trade in the log.": (
        "График начнётся со второго закрытия после первой записи в журнале сделок."
    ),
    "How gains are counted": "Как считается прибыль",
    "A gain is what the securities held at one close rose by until the next, and dividends after tax of {tax} on their "
    "ex-dates.": (
        "Прибыль — это рост бумаг, которые были на одном закрытии, до следующего, и дивиденды после налога {tax} "
        "на экс-дату."
    ),
    "What was bought, sold or brought in counts from the close of its day on: neither money paid in nor money taken "
    "out is a gain.": (
        "Купленное, проданное и внесённое считается с закрытия своего дня: ни внесённые, ни выведенные деньги "
        "прибылью не считаются."
    ),
    "The percentage is that of a rouble which was in the securities all the time.": (
        "Процент — это доходность рубля, который был в бумагах всё время."
    ),
    "The log of trades knows securities alone: cash of earlier days, and the prices of deals, are not known, so cash "
    "is in the value of today only.": (
        "Журнал сделок знает только бумаги: деньги прежних дней и цены сделок неизвестны, поэтому деньги входят "
        "только в сегодняшнюю стоимость."
    ),
    "At the last closes of the store, of {day} unless another day is named": (
        "По последним закрытиям в хранилище, за {day}, если не указан другой день"
    ),
    "The store has no prices of these yet": "Цен этих бумаг в хранилище пока нет",
    "Security": "Бумага",
    "Nothing is held yet.": "Пока ничего нет.",
    "Add securities to an account.": "Добавьте бумаги на счёт.",
    "{ticker} of {day}": "{ticker} за {day}",
    "Without a price in the store, and so in no sum: {tickers}.": (
        "Без цены в хранилище и потому ни в одной сумме: {tickers}."
    ),
    "An older close: {close}.": "Более старое закрытие: {close}.",
    "Without a price in the store, and so not in the history: {tickers}.": (
        "Без цены в хранилище и потому не в истории: {tickers}."
    ),
    "{ticker} of {account}: one unit has become {factor} since it was written down; correct the units.": (
        "{ticker} на счёте {account}: с тех пор как записано количество, одна штука стала {factor}; исправьте его."
    ),
    "{ticker} of {account} is {name} today.": "{ticker} на счёте {account} теперь называется {name}.",
}

ACCOUNTS = {
    "Save all as a portfolio file": "Сохранить все файлом портфеля",
    "What each has": "Что на каждом",
    "Securities at the last closes of the store": "Бумаги по последним закрытиям в хранилище",
    "Fee of a deal": "Комиссия за сделку",
    "without prices: {tickers}": "без цен: {tickers}",
    "What is bought is kept for {age} {age:day|days} of trading on average: the horizon of forecasts is {horizon}.": (
        "Купленное держится в среднем {age} {age:торговый день|торговых дня|торговых дней}: горизонт "
        "прогноза — {horizon}."
    ),
    "New account": "Новый счёт",
    "Name, as of a broker": "Имя, например брокера",
    "or a portfolio file, which brings all of it": "или файл портфеля, в котором есть всё",
    "Whose targets and options count?": "Чьи цели и параметры считать верными?",
    "Those of the store": "Хранилища",
    "Those of the file": "Файла",
    "Targets of all accounts together": "Цели всех счетов вместе",
    "The targets are saved.": "Цели сохранены.",
    "In the words of the portfolio file: 60% of the whole, 250 units, or auto, which a forecast sets. Percentages add "
    "up to 100%, or leave the rest to auto. An empty field wants nothing of it.": (
        "Словами файла портфеля: 60% от всего, 250 штук или auto — долю задаст прогноз. Проценты в сумме дают 100% "
        "или оставляют остаток для auto. Пустое поле — бумага не нужна."
    ),
    "Amounts are hidden: show them to edit targets.": "Суммы скрыты: покажите их, чтобы править цели.",
    "excluded": "исключена",
    "Target of {ticker}": "Цель {ticker}",
    "there now: {value}": "сейчас там: {value}",
    "free": "любые",
    "Target of cash, in money or percent": "Цель денег: сумма или процент",
    "One more security": "Ещё одна бумага",
    "Target of the new security": "Цель новой бумаги",
    "Save the targets": "Сохранить цели",
    "Exclusions are among the settings": "Исключения — в настройках",
    "All accounts": "Все счета",
    "Saved.": "Сохранено.",
    "Amounts are hidden: show them to edit the account.": "Суммы скрыты: покажите их, чтобы править счёт.",
    "Cash and securities": "Деньги и бумаги",
    "To take out": "Вывести",
    "A fee is money for a deal (2), a percentage of it (0.05%), or both (1 + 0.05%).": (
        "Комиссия — деньги за сделку (2), процент от неё (0.05%) или и то и другое (1 + 0.05%)."
    ),
    "Units, not lots; whole lots unless there is a fraction already": (
        "Штуки, не лоты; целыми лотами, если дробного количества ещё нет"
    ),
    "Units of {ticker}": "Штук {ticker}",
    "No securities yet: add one below.": "Бумаг пока нет: добавьте ниже.",
    "Deals, fees and lots": "Сделки, комиссии и лоты",
    "Where they are not those of the account and the exchange": "Там, где они не общие для счёта и не биржевые",
    "Deals allowed": "Разрешённые сделки",
    "Units in a lot": "Штук в лоте",
    "Deals allowed with {ticker}": "Разрешённые сделки с {ticker}",
    "buy and sell": "покупка и продажа",
    "buy only": "только покупка",
    "sell only": "только продажа",
    "Fee of a deal with {ticker}": "Комиссия за сделку с {ticker}",
    "Units in a lot of {ticker}": "Штук в лоте {ticker}",
    "Add a security": "Добавить бумагу",
    "Add": "Добавить",
    "Newest trades": "Последние сделки",
    "{shown} of {count} {count:line|lines} of the log": "Строк журнала: {shown} из {count}",
    "Time in Moscow": "Время в Москве",
    "What": "Что",
    "came with the account": "было на счёте с начала",
    "trade": "сделка",
    "went with the account": "ушло вместе со счётом",
    "Nothing was bought or sold yet.": "Ничего ещё не куплено и не продано.",
    "Replace by a portfolio file": "Заменить файлом портфеля",
    "The account becomes what the file says; a security that it does not name is no longer held.": (
        "Счёт станет таким, как в файле; бумаги, которой в файле нет, на счёте больше не будет."
    ),
    "Replace": "Заменить",
    "Name and removal": "Имя и удаление",
    "Rename": "Переименовать",
    "with all that it holds": "со всем, что на нём есть",
    "Remove the account": "Удалить счёт",
    "The log of trades is kept.": "Журнал сделок сохранится.",
    "Somebody changed this meanwhile.": "Тем временем это изменили.",
    "Below is what is there now, with what you typed; save again to keep yours.": (
        "Ниже то, что есть сейчас, и то, что ввели вы; чтобы осталось ваше, сохраните ещё раз."
    ),
    "{ticker}: {units} {units:unit is|units are} not whole lots of {lot}.": (
        "{ticker}: {units} шт. — не целое число лотов по {lot}."
    ),
    "Write {below} or {above}.": "Напишите {below} или {above}.",
    "{what} of {ticker}": "{ticker}, {what}",
    "{ticker} is {name} today.": "{ticker} теперь называется {name}.",
    "Type {name}.": "Введите {name}.",
    "{ticker} is an index: nobody can hold it.": "{ticker} — индекс: держать его нельзя.",
    "a file that is sent can extend no other: {path}": "присланный файл не может расширять другой: {path}",
    "Put what it says into this one, or use: allocator accounts import FILE.ini": (
        "Впишите в него то, что сказано в том, или введите: allocator accounts import FILE.ini"
    ),
    "A file that is sent can name no file of quotes.": "Присланный файл не может называть файл с котировками.",
    "Take the line out, or use: allocator accounts import FILE.ini": (
        "Уберите эту строку или введите: allocator accounts import FILE.ini"
    ),
    "deals": "сделки",
    "{field}: {what}.": "{field}: {what}.",
    "{ticker} is in account {account} already.": "{ticker} уже есть на счёте {account}.",
    "Change its units there.": "Измените там количество.",
    "{ticker} is not in account {account}.": "{ticker} на счёте {account} нет.",
    "Targets: {what}.": "Цели: {what}.",
    "Give out the other {rest:f}%, to securities or to cash.": "Раздайте ещё {rest:f}%: бумагам или деньгам.",
    "Take {rest:f}% away, from securities or from cash.": "Уберите {rest:f}%: у бумаг или у денег.",
    "Want auto of more securities, or import a portfolio file with a cap of {least}% or more.": (
        "Поставьте auto ещё нескольким бумагам или загрузите файл портфеля, где cap не меньше {least}%."
    ),
    "lot": "лот",
    "fee": "комиссия",
    "Save it as a portfolio file first; then say that all of it may go.": (
        "Сначала сохраните его файлом портфеля; затем отметьте, что всё на нём можно удалить."
    ),
    "No file was chosen.": "Файл не выбран.",
    "Choose a portfolio file: it ends in .ini": "Выберите файл портфеля: он оканчивается на .ini",
    "Say below whose targets count, and choose the file again.": (
        "Отметьте ниже, чьи цели считать верными, и выберите файл ещё раз."
    ),
    "Account {account} holds {ticker}.": "На счёте {account} есть {ticker}.",
    "Write 0 units first, and save.": "Сначала напишите 0 штук и сохраните.",
    "This form does not say which version it began from.": "Форма не говорит, с какой версии она начата.",
    "Load the page again.": "Загрузите страницу ещё раз.",
    "The file is larger than {size} KiB, the most that is read.": "Файл больше {size} КиБ, больше не читается.",
    "A field has at most {count} characters.": "В поле не больше {count} знаков.",
}

DIVIDENDS = {
    "{money} before tax": "{money} до налога",
    "By the day on which the dividend leaves the price": "По дню, в который дивиденд уходит из цены",
    "For one unit": "На штуку",
    "Before tax": "До налога",
    "disputed": "спорный",
    "Show and edit": "Показать и править",
    "No account holds anything yet": "Ни на одном счёте ещё ничего нет",
    "Once one does, its dividends are counted here from that day on.": (
        "Как только что-то появится, его дивиденды с этого дня считаются здесь."
    ),
    "Expected, after tax": "Ожидается после налога",
    "Received since {day}, after tax": "Получено с {day} после налога",
    "Amounts that nobody knows": "Неизвестные суммы",
    "The exchange announced these record dates of what you hold, and no source says how much is paid. Once you know "
    "it, write it here.": (
        "Биржа объявила эти даты закрытия реестра по вашим бумагам, но ни один источник не знает суммы. Когда "
        "узнаете, запишите её здесь."
    ),
    "For one unit, before tax": "На штуку до налога",
    "record date {day}": "реестр {day}",
    "Amount of {ticker}, {day}": "Сумма {ticker}, {day}",
    "Write it down": "Записать",
    "Expected": "Ожидается",
    "Nothing is announced for what you hold.": "По вашим бумагам ничего не объявлено.",
    "By month": "По месяцам",
    "Roubles after tax of {tax}, by ex-date; what is expected is in italics": (
        "Рубли после налога {tax}, по экс-дате; ожидаемое — курсивом"
    ),
    "Year": "Год",
    "Year in all": "За год",
    "expected": "ожидается",
    "Received": "Получено",
    "Nothing yet of what is held since {day}.": "Пока ничего за бумаги, которые есть с {day}.",
    "Sources that disagree": "Источники расходятся",
    "Of the last year and to come; the first one is believed. To settle it, write down the amount yourself.": (
        "За последний год и впереди; первому верят. Чтобы решить спор, запишите сумму сами."
    ),
    "What they say": "Что они говорят",
    "What counts": "Что считается",
    "Who holds a share at the end of the day before its ex-date gets the dividend; units are those of the log of "
    "trades then, and of today for what is still to come.": (
        "Дивиденд получает тот, у кого бумага есть в конце дня перед экс-датой; количество — по журналу сделок на "
        "тот день, а для ожидаемого — сегодняшнее."
    ),
    "A dividend counts as received from its ex-date on; brokers pay it up to 25 working days after the record date.": (
        "Дивиденд считается полученным с экс-даты; брокеры платят его до 25 рабочих дней после закрытия реестра."
    ),
    "Before the log begins, on {day}, nobody knows what was held: nothing is counted.": (
        "Что было до начала журнала, до {day}, неизвестно: ничего не считается."
    ),
    "Dividends of {ticker}": "Дивиденды {ticker}",
    "All dividends": "Все дивиденды",
    "Announced, and nobody knows the amount: {days}": "Объявлены, но сумма неизвестна: {days}",
    "Write down a dividend": "Записать дивиденд",
    "Before tax, for one unit as it was on the record date. It goes before every other source; 0 says that nothing "
    "was paid.": (
        "До налога, на одну штуку, какой она была в день закрытия реестра. Важнее всех источников; 0 — выплаты не было."
    ),
    "What every source says": "Что говорит каждый источник",
    "What is not believed is dimmed": "Чему не верят, то бледнее",
    "Of the price": "От цены",
    "twice?": "дважды?",
    "so much?": "так много?",
    "Overrule": "Отменить",
    "What you wrote can be removed; what others say is overruled by a 0 of yours, which can be removed again.": (
        "Записанное вами можно удалить; сказанное другими отменяет ваш 0, а его можно удалить снова."
    ),
    "All dividends are backed up before each change.": "Перед каждой правкой делается копия всех дивидендов.",
    "No source knows any.": "Ни один источник не знает ни одного.",
    "The dividends of {ticker} have changed meanwhile.": "Дивиденды {ticker} тем временем изменились.",
    "Look at what is there now, and repeat the edit.": "Посмотрите, что там сейчас, и повторите правку.",
}

PHRASES = PORTFOLIO | ACCOUNTS | DIVIDENDS
