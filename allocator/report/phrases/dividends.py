"""Russian for what is said of dividends."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- the night
    "no dividend is known for the register of {day}; once it is: {command}": (
        "дивиденд по реестру {day} неизвестен; когда станет известен: {command}"
    ),
    "dividends: {count} {count:row of the exchange is|rows of the exchange are} new or changed": (
        "дивиденды: новых или изменённых строк биржи: {count}"
    ),
    "announced record dates: {reason}": "объявленные даты реестров: {reason}",
    "dividends of the other tickers are asked for next time": (
        "о дивидендах остальных тикеров запрос будет в следующий раз"
    ),
    "dividends: {reason}": "дивиденды: {reason}",
    "the data that ships with the program is in the store: dividends {dividends}, splits {splits}, "
    "changed tickers {renames}": (
        "данные из поставки программы внесены в хранилище: дивидендов {dividends}, дроблений {splits}, "
        "смен тикера {renames}"
    ),
    # --- changes by hand
    "{ticker}, {day}: {amount} {currency} ({source})": "{ticker}, {day}: {amount} {currency} ({source})",
    "{ticker} {day}: {amount} {currency} ({source})": "{ticker} {day}: {amount} {currency} ({source})",
    "{dividend} counts from now on.": "{dividend} — теперь считается он.",
    "{ticker}, {day}: no dividend, whatever other sources say.": (
        "{ticker}, {day}: дивиденда нет, что бы ни говорили другие источники."
    ),
    "Before: {dividend}.": "До этого: {dividend}.",
    "{old} is {new} today.": "{old} теперь называется {new}.",
    "{dividend} counts as well; if it is the same payment: allocator dividends remove {ticker} {day}": (
        "{dividend} тоже считается; если это та же выплата: allocator dividends remove {ticker} {day}"
    ),
    "Removed: {dividend}.": "Удалено: {dividend}.",
    "Now {dividend} counts; to overrule it, remove it too.": (
        "Теперь считается {dividend}; чтобы отменить и его, удалите и его."
    ),
    "{dividend} is kept but counts no more: a typed 0 says that nothing was paid. "
    "To take that back: allocator dividends remove {ticker} {day}": (
        "{dividend} остаётся, но больше не считается: введённый 0 говорит, что выплаты не было. "
        "Чтобы вернуть: allocator dividends remove {ticker} {day}"
    ),
    "{ticker} has no dividend with the record date {day}.": "У {ticker} нет дивиденда с датой реестра {day}.",
    "Record dates nearby: {days}.": "Ближайшие даты реестра: {days}.",
    "{ticker}: the store has no such ticker.": "{ticker}: такого тикера в хранилище нет.",
    "New tickers come with: allocator refresh": "Новые тикеры приходят с командой: allocator refresh",
    "{day} is no record date: it is not between {since} and {till}.": (
        "{day} не может быть датой реестра: она не между {since} и {till}."
    ),
    "{word} is no day.": "{word} — не дата.",
    "Write it as 2026-07-18.": "Запишите её так: 2026-07-18.",
    "{word} is no currency.": "{word} — не валюта.",
    "Write a code of three letters: RUB, USD.": "Запишите код из трёх букв: RUB, USD.",
    "Write it as 34.84, before tax, for one share.": "Запишите так: 34.84, до налога, на одну акцию.",
    "--from {since} is after --to {till}.": "--from {since} позже, чем --to {till}.",
    # --- backups
    "{path}: {count} {count:row|rows}.": "{path}: {count} {count:строка|строки|строк}.",
    "{path}: {count} {count:row is|rows are} back; {came} came, {went} went.": (
        "{path}: восстановлено строк: {count}; появилось: {came}, исчезло: {went}."
    ),
    "What was there before is in {path}": "То, что было до этого, сохранено в {path}",
    "There are no dividends to back up.": "Дивидендов нет: сохранять нечего.",
    "There are no backups yet: one is made before every change.": (
        "Резервных копий ещё нет: копия делается перед каждым изменением."
    ),
    "To put one back: allocator dividends restore FILE": "Чтобы вернуть копию: allocator dividends restore FILE",
    "See what backups there are: allocator dividends restore": "Какие есть копии: allocator dividends restore",
    "Give another name.": "Укажите другое имя.",
    "{path}: the backup cannot be written: {reason}. Nothing was changed.": (
        "{path}: резервную копию не записать: {reason}. Ничего не изменено."
    ),
    "Make the folder writable, or free some space, and run the same command again.": (
        "Разрешите запись в папку или освободите место и повторите команду."
    ),
    "{path} cannot be read: {reason}.": "{path} не прочитать: {reason}.",
    "{path}:{line}: {what}.": "{path}:{line}: {what}.",
    "this is no backup of dividends": "это не резервная копия дивидендов",
    "the names of the columns should be {names}": "столбцы должны называться {names}",
    "{row} is no dividend": "{row} — не дивиденд",
    "the same payment stands twice": "одна и та же выплата записана дважды",
    "the line with the checksum is missing: the file was cut": "нет строки с контрольной суммой: файл обрезан",
    "the checksum is of other lines: the file was changed": "контрольная сумма от других строк: файл изменён",
    "it ends in the middle: the file was cut": "файл обрывается на середине",
    "it cannot be unpacked from here on": "дальше файл не распаковать",
    "it is far too large for a backup": "для резервной копии файл слишком велик",
    "this is not text": "это не текст",
    # --- listings and reviews
    "Ticker": "Тикер",
    "Record date": "Дата реестра",
    "Ex-date": "Экс-дата",
    "Amount": "Сумма",
    "Currency": "Валюта",
    "Yield": "Доходность",
    "Source": "Источник",
    "Units": "Штук",
    "Income": "Доход",
    "After tax": "После налога",
    "No dividend is known.": "Дивидендов не известно.",
    "No dividend is known from {since} on.": "С {since} дивидендов не известно.",
    "No dividend is known from {since} to {till}.": "С {since} по {till} дивидендов не известно.",
    "No dividend of a held asset is known from {since} on.": "С {since} дивидендов по активам портфеля не известно.",
    "Income: {before} {currency}, {after} {currency} after tax of {tax}.": (
        "Доход: {before} {currency}, после налога {tax}: {after} {currency}."
    ),
    "* Other sources say something else: allocator dividends check TICKER": (
        "* Другие источники говорят иное: allocator dividends check TICKER"
    ),
    "(source) Another source is believed.": "(источник) Верим другому источнику.",
    "Announced record dates without a known amount:": "Объявленные даты реестра без известной суммы:",
    "Amounts that look wrong:": "Суммы, похожие на ошибку:",
    "  {suspicion}": "  {suspicion}",
    "{dividend} is {share} of the price": "{dividend} — это {share} цены",
    "{dividend} is {times} times the {amount} of {source}: a split, or units mixed up": (
        "{dividend} — в {times} {times:раз|раза|раз} больше, чем {amount} у {source}: дробление или перепутаны единицы"
    ),
    "Sources that disagree, the first of each line is believed:": (
        "Источники расходятся; верим первому в каждой строке:"
    ),
    "To settle one: allocator dividends add {ticker} {day} AMOUNT (0 for none).": (
        "Чтобы решить: allocator dividends add {ticker} {day} AMOUNT (0 — выплаты нет)."
    ),
    "Nothing is missing or doubtful since {since}.": "С {since} всё известно и сомнений нет.",
    "{said}.": "{said}.",
}
