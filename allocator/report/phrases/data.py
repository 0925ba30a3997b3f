"""`allocator data` in Russian: files of history, what the store holds, what a person sets right."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- files
    "A history has a line with the names of its columns: ticker,date,open,high,low,close,volume,value,board for days, "
    "begin instead of date for hours; date and close must be there.": (
        "В файле истории есть строка с именами столбцов: ticker,date,open,high,low,close,volume,value,board для дней, "
        "begin вместо date для часов; date и close обязательны."
    ),
    "{path}: no column ticker, and the name of the file does not say whose history it is.": (
        "{path}: столбца ticker нет, а из имени файла не видно, чья это история."
    ),
    "{path}: a line is longer than any bar is.": "{path}: есть строка длиннее любой свечи.",
    "Give it with --ticker, or name the file TICKER.csv.": "Задайте его через --ticker или назовите файл ТИКЕР.csv.",
    "{path}: its prices are adjusted, and the store keeps prices as they were traded.": (
        "{path}: цены в нём с поправками, а хранилище держит цены, какими они были в сделках."
    ),
    "Write the file anew with: allocator data export FILE --adjust none": (
        "Запишите файл заново: allocator data export FILE --adjust none"
    ),
    "{path}: not one line is a bar; line {line}: {what}.": "{path}: ни одна строка — не свеча; строка {line}: {what}.",
    "{path}: there is not one bar in it.": "{path}: в нём нет ни одной свечи.",
    "{path}: no column {column}.": "{path}: нет столбца {column}.",
    "{path}: column {column} stands twice.": "{path}: столбец {column} стоит дважды.",
    "{path}: column {column} is not of numbers.": "{path}: в столбце {column} не числа.",
    "{path}: both date and begin are there.": "{path}: есть и date, и begin.",
    "{path}: there are times of day in a history of days.": "{path}: в истории по дням есть время суток.",
    "{path}: there are no times of day in a history of hours.": "{path}: в истории по часам нет времени суток.",
    "If its bars are of an hour, add: --interval hour": "Если свечи часовые, добавьте: --interval hour",
    "If its bars are of a day, add: --interval day": "Если свечи дневные, добавьте: --interval day",
    "Give a CSV, CSV.gz or Parquet file.": "Задайте файл CSV, CSV.gz или Parquet.",
    "Check the path.": "Проверьте путь.",
    "{when} is not the beginning of an hour": "{when} — не начало часа",
    '{column} is "{cell}", not a number': "{column} — «{cell}», не число",
    '{column} is "{cell}", not a date such as 2024-01-31': "{column} — «{cell}», не дата вроде 2024-01-31",
    "{column} is not a time": "{column} — не время",
    '"{cell}" is not a ticker': "«{cell}» — не тикер",
    "{cells} {cells:value|values} for {columns} {columns:column|columns}": "значений: {cells}, а столбцов: {columns}",
    "{path}: the compressed file is damaged or not whole.": "{path}: сжатый файл повреждён или не целый.",
    "Copy it again.": "Скопируйте его ещё раз.",
    "{path}: not a text file in UTF-8.": "{path}: не текстовый файл в UTF-8.",
    "A Parquet file needs pyarrow, which is not installed.": "Для файла Parquet нужен pyarrow, а он не установлен.",
    "With the Python that runs allocator: python -m pip install pyarrow; or use CSV.": (
        "Тем Python, которым запущен allocator: python -m pip install pyarrow; или возьмите CSV."
    ),
    "{path}: its name asks for no form that is known.": "{path}: по имени не понять, в каком виде писать.",
    "End it with .csv, .csv.gz or .parquet, or write - for CSV on the standard output.": (
        "Закончите его на .csv, .csv.gz или .parquet, или напишите - для CSV в стандартный вывод."
    ),
    # --- import
    "reading {path}": "чтение {path}",
    "{path}": "{path}",
    "{ticker}": "{ticker}",
    "{path}:{line}: {what}: {row}": "{path}:{line}: {what}: {row}",
    "{path}:{line}: {ticker}: {detail}: {row}": "{path}:{line}: {ticker}: {detail}: {row}",
    "{path}: {count} more {count:line is no bar|lines are no bars}.": "{path}: ещё строк, которые не свечи: {count}.",
    "{path}: columns without a use here: {columns}.": "{path}: столбцы, которые здесь не нужны: {columns}.",
    "{name}: another refresh or import is at work.": "{name}: уже работает другое обновление или импорт.",
    "Wait for its end, and import again.": "Дождитесь его завершения и повторите импорт.",
    "{ticker}: the split {before}:{after} of {day} was worked into the prices before it; they are put back to what was "
    "paid.": (
        "{ticker}: дробление {before}:{after} от {day} было учтено в ценах до него; они возвращены к ценам сделок."
    ),
    "If it is, import the daily bars, or this file again with --replace --adjusted-to DATE.": (
        "Если учтено, импортируйте дневные свечи или этот файл ещё раз с --replace --adjusted-to ДАТА."
    ),
    "{ticker}: the data shows a split {before}:{after} of {day} that nobody declared. If there was none: "
    "allocator data split {ticker} {day} --remove": (
        "{ticker}: по данным видно дробление {before}:{after} от {day}, о котором никто не сообщал. Если его не было: "
        "allocator data split {ticker} {day} --remove"
    ),
    "{ticker}: rows that differ from the store: {count}, the first of {begin} (close {file} here, {store} there); the "
    "store's are kept, --replace would take these.": (
        "{ticker}: строк, которые расходятся с хранилищем: {count}, первая за {begin} (закрытие здесь {file}, там "
        "{store}); оставлены строки хранилища, --replace взял бы эти."
    ),
    "{ticker}: {since}..{till} does not join the days that are here; the next refresh loads all anew.": (
        "{ticker}: {since}..{till} не примыкает к дням, которые уже есть; следующее обновление загрузит всё заново."
    ),
    "{ticker}: the daily bars show that the split of {days} was worked into the hourly prices; they are put back to "
    "what was paid.": (
        "{ticker}: по дневным свечам видно, что дробление {days} было учтено в часовых ценах; они возвращены к ценам "
        "сделок."
    ),
    "new": "новых",
    "already there": "уже есть",
    "completed": "дополнено",
    "replaced": "заменено",
    "differing from the store, which was kept": "расходятся с хранилищем (оставлено оно)",
    "without deals": "без сделок",
    "repeated": "повторов",
    "of other boards": "других режимов",
    "not understood": "не понято",
    "nothing": "ничего",
    "{count} {what}": "{count} {what}",
    "{one}, {other}": "{one}, {other}",
    "{count} quarantined ({why})": "{count} в карантине ({why})",
    "{count} to be looked at ({why})": "{count} проверить ({why})",
    "{path}: {bars} of {tickers} {tickers:ticker|tickers}: {rows}.": (
        "{path}: {bars}, {tickers} {tickers:тикер|тикера|тикеров}: {rows}."
    ),
    "daily bars": "дневные свечи",
    "hourly bars": "часовые свечи",
    "{rows} {rows:row|rows} in {seconds} s, {speed} a second.": "Строк: {rows} за {seconds} с, {speed} в секунду.",
    "... and {count} more {count:note|notes}: add --json": (
        "... и ещё {count} {count:примечание|примечания|примечаний}: добавьте --json"
    ),
    # --- status
    "looking through the store": "просмотр хранилища",
    "There are no bars yet. To load them from the exchange: allocator refresh; from files: allocator data import "
    "FILE ...": "Свечей ещё нет. Загрузить их с биржи: allocator refresh; из файлов: allocator data import FILE ...",
    "Store: {name}": "Хранилище: {name}",
    "Store: {name}, {megabytes} MB": "Хранилище: {name}, {megabytes} МБ",
    "The last refresh met with:": "Последнее обновление встретило:",
    "Last refresh: none.": "Обновлений не было.",
    "Last refresh: {run}.": "Последнее обновление: {run}.",
    "Last import: {run}.": "Последний импорт: {run}.",
    "{when}, {outcome}": "{when}, {outcome}",
    "{when}, not ended": "{when}, не завершено",
    "done": "сделано",
    "not everything could be loaded": "загружено не всё",
    "nothing to do": "делать было нечего",
    "another one was at work": "работало другое",
    "nothing could be loaded": "ничего не загружено",
    "stopped before the end": "остановлено до завершения",
    "Known splits: {splits}; dividends: {dividends}.": "Известно дроблений: {splits}, дивидендов: {dividends}.",
    "Bars": "Свечи",
    "Tickers": "Тикеры",
    "Rows": "Строки",
    "First": "Первая",
    "Last": "Последняя",
    "Missing sessions": "Пропущено сессий",
    "Quarantined tickers": "Тикеры в карантине",
    "Daily bars": "Дневные свечи",
    "Hourly bars": "Часовые свечи",
    "days": "дни",
    "hours": "часы",
    "(all {bars})": "(все {bars})",
    "{bars}: tickers with missing sessions (no deals or no data): {count}; most, and the longest run: {worst}.": (
        "{bars}: тикеров с пропусками сессий (нет сделок или данных): {count}; больше всего (и самый длинный): {worst}."
    ),
    "Nothing is quarantined.": "В карантине ничего нет.",
    "Quarantined, so that no reader takes it for a price:": "В карантине, чтобы никто не принял это за цену:",
    "... and {count} more: allocator data status --json": "... и ещё {count}: allocator data status --json",
    "{ticker} {when}: {detail}.": "{ticker} {when}: {detail}.",
    "{ticker} {when}: {fault}: {detail}. {next}": "{ticker} {when}: {fault}: {detail}. {next}",
    "To load it anew: allocator data accept {ticker}{hourly}; then allocator refresh": (
        "Загрузить заново: allocator data accept {ticker}{hourly}, затем allocator refresh"
    ),
    "It is left out; nothing is to be done.": "Строка не взята; делать ничего не нужно.",
    "no price": "нет цены",
    "bad price": "негодная цена",
    "bad range": "максимум и минимум не сходятся",
    "bad volume": "негодный объём",
    "two bars of one time": "две свечи на одно время",
    "in the future": "из будущего",
    "jump": "скачок",
    "history rewritten": "история переписана",
    # --- a security
    "{ticker} is not in the store.": "{ticker}: в хранилище его нет.",
    "Load it: allocator refresh --tickers {ticker}": "Загрузите его: allocator refresh --tickers {ticker}",
    "There are no securities in the store yet.": "В хранилище ещё нет ни одной бумаги.",
    "Load them: allocator refresh, or allocator data import FILE.": (
        "Загрузите их: allocator refresh или allocator data import FILE."
    ),
    "No bars in these days.": "В эти дни свечей нет.",
    "Give other days with --from and --to.": "Задайте другие дни через --from и --to.",
    "{ticker}: {name} ({kind}){facts}": "{ticker}: {name} ({kind}){facts}",
    "no name is known": "имя неизвестно",
    "ordinary share": "обыкновенная акция",
    "preferred share": "привилегированная",
    "depositary receipt": "депозитарная расписка",
    "fund": "фонд",
    "index": "индекс",
    "Lot: {lot}.": "Лот: {lot}.",
    "Traded from {day}.": "Торгуется с {day}.",
    "Traded until {day}.": "Торговалась до {day}.",
    "Before {day} it was {old}{terms}.": "До {day} — {old}{terms}.",
    "From {day} on it is {new}{terms}.": "С {day} — {new}{terms}.",
    "{bars}: {rows}, from {first} to {last}; sessions without a bar: {missing}.": (
        "{bars}: {rows}, с {first} по {last}; сессий без свечи: {missing}."
    ),
    "Splits: {splits}.": "Дробления: {splits}.",
    "Dividends: {count}; the last one {amount} {currency}, without it from {day}.": (
        "Дивидендов: {count}; последний {amount} {currency}, без него с {day}."
    ),
    "... and {count} more {count:finding|findings}: allocator data show {ticker} --json": (
        "... и ещё {count} {count:находка|находки|находок}: allocator data show {ticker} --json"
    ),
    "Day": "День",
    "Time": "Время",
    "Open": "Открытие",
    "High": "Максимум",
    "Low": "Минимум",
    "Close": "Закрытие",
    "Volume": "Объём",
    "Turnover": "Оборот",
    "The last {count} of {all} bars; --last N shows more, 0 all.": (
        "Последние {count} из {all}; --last N покажет больше, 0 — все."
    ),
    "Prices are {adjusted}.": "Цены {adjusted}.",
    "Prices {adjusted}": "Цены {adjusted}",
    "as they were traded": "как в сделках",
    "adjusted for splits": "с поправкой на дробления",
    "adjusted for splits and for dividends after tax": "с поправкой на дробления и на дивиденды после налога",
    "{mark} is quarantined: readers do not get it.": "{mark} в карантине: читателям не выдаётся.",
    # --- a picture
    "Price": "Цена",
    "Low to high": "От минимума до максимума",
    "Quarantined": "В карантине",
    "Split": "Дробление",
    "Without the dividend from here": "Отсюда без дивиденда",
    "{name}, {unit}": "{name}, {unit}",
    "{name}, {unit},\nmean": "{name}, {unit},\nв среднем",
    "Volume x price": "Объём x цена",
    "bn": "млрд",
    "mn": "млн",
    "thousand": "тыс.",
    "units of money": "ед.",
    # --- export
    "writing {path}": "запись {path}",
    "{path}: {rows} {rows:bar|bars}.": "{path}: {rows} {rows:свеча|свечи|свечей}.",
    "There are no such bars in the store.": "Таких свечей в хранилище нет.",
    "allocator data status shows what is.": "Что есть, покажет allocator data status.",
    # --- accept, split
    "{ticker}: nothing of it is in doubt.": "{ticker}: под сомнением ничего нет.",
    "{ticker}: nothing of {day} is in doubt.": "{ticker}: за {day} под сомнением ничего нет.",
    "allocator data status shows what is in doubt.": "Что под сомнением, покажет allocator data status.",
    "{ticker}: the next refresh loads its history anew and replaces what is here.": (
        "{ticker}: следующее обновление загрузит историю заново и заменит ту, что есть."
    ),
    "{ticker}: the bar of {begin} is believed.": "{ticker}: свеча за {begin} принята.",
    "{ticker}: the bar of {begin} stays left out, and is spoken of no more.": (
        "{ticker}: свеча за {begin} по-прежнему не взята, но больше о ней не напоминаем."
    ),
    "{before}:{after} is no split.": "{before}:{after} — не дробление.",
    "Write how many became how many: 1:100 when one became a hundred, 5000:1 for a consolidation.": (
        "Напишите, сколько акций стало скольким: 1:100, когда одна стала сотней, 5000:1 для консолидации."
    ),
    "Write how many shares became how many: 1:100, or 5000:1.": (
        "Напишите, сколько акций стало скольким: 1:100 или 5000:1."
    ),
    '"{ratio}" is not a ratio such as 1:100.': "«{ratio}» — не отношение вроде 1:100.",
    "Say either how many shares became how many, or --remove.": (
        "Задайте либо сколько акций стало скольким, либо --remove."
    ),
    "allocator data split {ticker} {day} 1:100": "allocator data split {ticker} {day} 1:100",
    "{ticker}: {before} became {after} on {day}.": "{ticker}: {before} стало {after} с {day}.",
    "{ticker}: even so the price jumps then. If it was the other way round: "
    "allocator data split {ticker} {day} {after}:{before}; if there was none: "
    "allocator data split {ticker} {day} --remove": (
        "{ticker}: и с таким дроблением цена в тот день скачком уходит от прежней. Если было наоборот: "
        "allocator data split {ticker} {day} {after}:{before}; если дробления не было: "
        "allocator data split {ticker} {day} --remove"
    ),
    "{ticker}: {detail}.": "{ticker}: {detail}.",
    "{ticker}: no split of {day} is known.": "{ticker}: дробления от {day} не известно.",
    "Known are those of {days}.": "Известны дробления от {days}.",
    "{ticker}: the split of {day} is forgotten.": "{ticker}: дробление от {day} забыто.",
    "Its source still has it: the next refresh may bring it back.": (
        "В его источнике оно осталось: следующее обновление может его вернуть."
    ),
    "{before}:{after} is beyond any split of an exchange.": "{before}:{after} — таких дроблений биржи не делали.",
    "Neither number may be above {count}.": "Ни одно из чисел не может быть больше {count}.",
    "{day} is no day of a split: it is not between {since} and {till}.": (
        "{day} — не день дробления: он не между {since} и {till}."
    ),
}
