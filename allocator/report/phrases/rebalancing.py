"""The rooms that a rebalance meets, in the order in which it meets them."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- the command line
    "--provider and --quotes both say where quotes come from.": "--provider и --quotes оба задают источник котировок.",
    "Give one of them.": "Оставьте что-то одно.",
    "{option} has no value.": "У {option} нет значения.",
    "{option}: {what}.": "{option}: {what}.",
    "Two proxies are given: {one} and {other}.": "Заданы два прокси: {one} и {other}.",
    "{one} and {other} do not go together.": "{one} и {other} нельзя задать вместе.",
    "There is no standard output to write the answer to.": "Стандартный вывод закрыт: ответ писать некуда.",
    "The reader closed the output before all of it was written.": "Вывод закрыт читателем до того, как записан весь.",
    "The answer cannot be written: {reason}.": "Ответ не записать: {reason}.",
    "Stopped before the end.": "Остановлено до завершения.",
    "internal error: {kind}: {message}": "внутренняя ошибка: {kind}: {message}",
    "Set {variable}=1 to see where, and please report it.": (
        "Задайте {variable}=1, чтобы увидеть где, и, пожалуйста, сообщите о ней."
    ),
    "{path}: pictures are written as PNG, and this name does not end in .png.": (
        "{path}: картинки пишутся в PNG, а это имя не кончается на .png."
    ),
    "Type: --plot {path}": "Введите: --plot {path}",
    "{path} cannot be written: {reason}.": "{path} не записать: {reason}.",
    "Give a path in a folder that you may write to.": "Укажите путь в папке, куда вам разрешено писать.",
    "{path} is there already.": "{path} уже существует.",
    "Give another name, or --force to overwrite it.": "Задайте другое имя или --force, чтобы перезаписать файл.",
    # --- watch, check, init
    "NO NEWS: the last answer is {age} old.": "НЕТ НОВОСТЕЙ: последнему ответу {age}.",
    "{now}. Next look in {seconds} s; Ctrl-C ends.": "{now}. Следующий раз через {seconds} с; Ctrl-C завершает.",
    "asking {provider} for quotes": "запрос котировок у {provider}",
    "looking for the best plan": "поиск лучшего плана",
    "looking for the reasons": "поиск причин",
    "{path} is in order: assets wanted in percent: {percents}, in units: {units}, not wanted: {rest}; "
    "quotes: {source}.": (
        "{path} в порядке: активов с целью в процентах: {percents}, в единицах: {units}, без цели: {rest}; "
        "котировки: {source}."
    ),
    "{provider} ({source})": "{provider} ({source})",
    "{path} is written. Edit it, then: allocator check {path}": (
        "{path} записан. Отредактируйте его, затем: allocator check {path}"
    ),
    "Assets one by one; an empty line ends the list.": "Активы по одному; пустая строка завершает список.",
    "Ticker": "Тикер",
    "Wanted, such as 40% or 10 units": "Цель, например 40% или 10 (единиц)",
    "Units held": "Сколько единиц есть",
    "Money on the account": "Деньги на счёте",
    "Fee of a deal, such as 0.05% or 2": "Комиссия за сделку, например 0.05% или 2",
    "Source of quotes": "Источник котировок",
    "A portfolio for allocator. Lines that begin with a semicolon are comments.": (
        "Портфель для allocator. Строки, которые начинаются с точки с запятой, — комментарии."
    ),
    "What the percentages leave, a forecast shares out among all that say auto (see: allocator forecast).": (
        "Что оставляют проценты, прогноз делит между всеми, у кого стоит auto (см. allocator forecast)."
    ),
    "What you hold now, in units (not lots).": "Что есть сейчас, в единицах (не в лотах).",
    "Money on the account. It may have a target too, and some of it may be taken out.": (
        "Деньги на счёте. У них тоже может быть цель, а часть можно вывести."
    ),
    "Deals that you allow: BUY, SELL, KEEP (none), or TRADE (any), which is the default.": (
        "Разрешённые сделки: BUY — покупка, SELL — продажа, KEEP — никаких, TRADE — любые (по умолчанию)."
    ),
    "The fee of a deal with one asset, where it is not that of [options].": (
        "Комиссия за сделку с отдельным активом, если она не такая, как в [options]."
    ),
    "The fee of a deal: money (2), a percentage of the deal (0.05%) or both (1 + 0.05%).": (
        "Комиссия за сделку: деньги (2), процент от сделки (0.05%) или то и другое (1 + 0.05%)."
    ),
    "Buy until not one more wanted lot can be paid for.": "Покупать, пока денег хватает хотя бы на один нужный лот.",
    "The most deals; 0 sets no limit.": "Наибольшее число сделок; 0 — без ограничения.",
    "Where quotes come from: MOEX, YAHOO FINANCE, or FILE quotes.csv.": (
        "Откуда брать котировки: MOEX, YAHOO FINANCE или FILE quotes.csv."
    ),
    "How distance is measured: LAD (sum of deviations) or LSAPPROX (least squares).": (
        "Чем измерять близость: LAD (сумма отклонений) или LSAPPROX (наименьшие квадраты)."
    ),
    # --- the table and what stands under it
    "yes": "да",
    "no": "нет",
    "old bid and ask": "старые bid и ask",
    "last deal": "последняя сделка",
    "mean of the last ten minutes' deals": "средняя цена сделок за последние десять минут",
    "close of the session": "закрытие сессии",
    "previous day's weighted price": "средневзвешенная цена прошлого дня",
    "previous day's close": "закрытие прошлого дня",
    "{mark} {standing}.": "{mark} {standing}.",
    "not a live bid and ask but {kind}: {tickers}": "не живые bid и ask, а {kind}: {tickers}",
    "Sum": "Сумма",
    "Optimal: no whole-lot plan is closer (gap 0).": "Оптимально: ближе плана в целых лотах нет (разрыв 0).",
    "Optimal: no whole-lot plan is closer by as much as 0.01.": (
        "Оптимально: плана в целых лотах, который ближе хотя бы на 0.01, нет."
    ),
    "Optimal: no whole-lot plan is closer by more than {gap} of the portfolio ({money}).": (
        "Оптимально: плана в целых лотах, который ближе более чем на {gap} портфеля ({money}), нет."
    ),
    "TIME LIMIT: the best plan found; another may be closer by at most {gap} of the portfolio ({money}).": (
        "ВРЕМЯ ВЫШЛО: это лучший найденный план; другой может быть ближе не более чем на {gap} портфеля ({money})."
    ),
    "TIME LIMIT: the best plan found; how much closer another may be is not known.": (
        "ВРЕМЯ ВЫШЛО: это лучший найденный план; насколько ближе может быть другой, неизвестно."
    ),
    "Model {model}. Nothing to deal.": "Модель {model}. Сделки не нужны.",
    "Model {model}. Deals: {deals}. Cost: {cost} (commission {commission}, spread {spread}).": (
        "Модель {model}. Сделок: {deals}. Издержки: {cost} (комиссия {commission}, спред {spread})."
    ),
    "Quotes: {name}, without a time.": "Котировки: {name}, без времени.",
    "Quotes: {name}, {time}.": "Котировки: {name}, {time}.",
    "Quotes: {name}, {time}, {delay} min late.": "Котировки: {name}, {time}, с задержкой {delay} мин.",
    "Note: {note}": "Примечание: {note}",
    # --- the reasons
    "Why each deal: how much closer it brings the asset to its target, and what it costs.": (
        "Зачем каждая сделка: насколько она приближает актив к цели и сколько стоит."
    ),
    "There is nothing to deal: no deal would bring the portfolio closer.": (
        "Сделки не нужны: ни одна не приблизит портфель к цели."
    ),
    "Asset": "Актив",
    "Lots": "Лоты",
    "Deviation removed": "Убрано отклонения",
    "Cost": "Издержки",
    "What keeps the portfolio from being closer, and by how much:": "Что мешает портфелю быть ближе и насколько:",
    "No single constraint keeps the portfolio from being closer.": (
        "Ни одно ограничение в отдельности не мешает портфелю быть ближе."
    ),
    # --- the frontier
    "Deals at most": "Сделок не более",
    "Deviation": "Отклонение",
    "Mean": "Среднее",
    "Closer by": "Ближе на",
    "Proven within": "Доказано до",
    "Deviation: the sum of deviations from the ideal portfolio; Mean: a row's": (
        "Отклонение: сумма отклонений от идеального портфеля; среднее: на одну строку"
    ),
    "Deviation: the root of the sum of squared deviations from the ideal portfolio; Mean: their root mean": (
        "Отклонение: корень из суммы квадратов отклонений от идеального портфеля; среднее: среднеквадратичное"
    ),
    "{meaning}, as a share of the portfolio. Cost: commission and spread.": (
        "{meaning}, в долях портфеля. Издержки: комиссия и спред."
    ),
    "More than {deals} {deals:deal brings|deals bring} the portfolio no closer.": (
        "Больше {deals} {deals:сделки портфель уже не приближает|сделок портфель уже не "
        "приближают|сделок портфель уже не приближают}."
    ),
    "No plan with so few deals: {deals}.": "Нет плана с таким малым числом сделок: {deals}.",
    "TIME LIMIT: not every plan is proven; the last column says how far each may be.": (
        "ВРЕМЯ ВЫШЛО: доказаны не все планы; последний столбец говорит, насколько далёк может быть каждый."
    ),
    "whole lots": "целые лоты",
    "permissions in [trade]": "разрешения в [trade]",
    "commissions": "комиссии",
    "the spread between bid and ask": "спред между bid и ask",
    "max deals": "max deals",
    "use all cash": "use all cash",
    "the money at hand": "наличные деньги",
    "What each further deal buys": "Что даёт каждая следующая сделка",
    "Mean deviation, % of the portfolio": "Среднее отклонение, % портфеля",
    "A picture needs matplotlib, which is not installed.": "Для рисунка нужен matplotlib, а он не установлен.",
    "With the Python that runs allocator: python -m pip install matplotlib": (
        "Тем Python, которым запущен allocator: python -m pip install matplotlib"
    ),
    # --- the portfolio file
    "{place}: {what}.": "{place}: {what}.",
    "{path}: {what}": "{path}: {what}",
    "There may be more mistakes: reading stopped after {count}.": (
        "Ошибок может быть больше: чтение остановлено после {count}."
    ),
    "Did you mean {word}?": "Может быть, {word}?",
    "Did you mean {words}?": "Может быть, {words}?",
    "Write {value}.": "Напишите: {value}.",
    "Write {word}.": "Напишите {word}.",
    "Type `allocator init` to write a portfolio file.": "Введите `allocator init`, чтобы создать файл портфеля.",
    "Save it as plain text in UTF-8.": "Сохраните его как простой текст в UTF-8.",
    "Name the file inside it.": "Укажите файл внутри неё.",
    "there is no such file": "такого файла нет",
    "this is a directory": "это папка",
    "the file cannot be read: {reason}": "файл не прочитать: {reason}",
    "the file is larger than {size} KiB, the most that is read": "файл больше {size} КиБ, а больше не читается",
    "the file is neither in UTF-8 nor in cp1251": "файл не в UTF-8 и не в cp1251",
    "there is a control character ({code}), as in files that are not text": (
        "есть управляющий символ ({code}), как в файлах, которые не текст"
    ),
    "there is no = sign": "нет знака =",
    "there is nothing before the = sign": "перед знаком = ничего нет",
    "Write key = value.": "Напишите ключ = значение.",
    "the line has more than {count} characters": "в строке больше {count} символов",
    "the line stands before any section": "строка стоит до первой секции",
    "Write a section such as [{section}] above it.": "Напишите над ней секцию, например [{section}].",
    "the name of a section stands between brackets, alone on its line": (
        "имя секции пишется в квадратных скобках, одно на строке"
    ),
    "Write a section such as [{section}].": "Напишите секцию, например [{section}].",
    "unknown section": "неизвестная секция",
    "Sections are {names}.": "Секции: {names}.",
    "the section stands on line {line} already": "секция уже есть в строке {line}",
    "Move its lines there.": "Перенесите её строки туда.",
    "unknown key": "неизвестный ключ",
    "Keys of [{section}] are {names}.": "Ключи [{section}]: {names}.",
    "It belongs in [{section}].": "Его место в [{section}].",
    "the key stands on line {line} already": "ключ уже есть в строке {line}",
    "this is another name of {key} on line {line}": "это другое имя ключа {key} из строки {line}",
    "Keep one of the two lines.": "Оставьте одну из двух строк.",
    "the value is missing": "нет значения",
    "The path is relative to the file that it stands in.": "Путь отсчитывается от файла, в котором он записан.",
    "the files extend each other in a circle": "файлы расширяют друг друга по кругу",
    "Let the last of them extend nothing.": "Пусть последний из них ничего не расширяет.",
    "{count} files extend one another; that is too many": "{count} файлов расширяют друг друга; это слишком много",
    "there is nothing to rebalance: no asset stands in [have] or [want]": (
        "ребалансировать нечего: ни в [have], ни в [want] нет активов"
    ),
    "Write [want] and under it a line such as SBER = 100%.": "Напишите [want] и под ней строку, например SBER = 100%.",
    "the percentages add up to {total:f}% and leave nothing for auto": (
        "проценты в сумме дают {total:f}% и ничего не оставляют для auto"
    ),
    "the percentages add up to {total:f}%, not 100%": "проценты в сумме дают {total:f}%, а не 100%",
    "Give out the other {rest:f}%, in [want] or as want in [cash].": (
        "Раздайте ещё {rest:f}%: в [want] или в want секции [cash]."
    ),
    "Take {rest:f}% away, in [want] or from want in [cash].": "Уберите {rest:f}%: в [want] или в want секции [cash].",
    "the percentages add up to {total:f}% and are scaled to 100%": (
        "проценты в сумме дают {total:f}% и приведены к 100%"
    ),
    "the ticker stands in neither [have] nor [want]": "тикера нет ни в [have], ни в [want]",
    "Add it there or delete this line.": "Добавьте его туда или удалите эту строку.",
    "this is not a ticker": "это не тикер",
    "a space": "пробел",
    "{character} does not belong in a ticker": "{character} в тикере не бывает",
    "a ticker has at most {count} characters": "в тикере не больше {count} символов",
    "Tickers look like SBER, TQTF:FXRU, BRK.B, BTC-USD or ^GSPC.": (
        "Тикеры выглядят так: SBER, TQTF:FXRU, BRK.B, BTC-USD или ^GSPC."
    ),
    "the ticker mixes alphabets: Latin {latin}, Cyrillic {cyrillic}": (
        "в тикере смешаны алфавиты: латиница {latin}, кириллица {cyrillic}"
    ),
    "Type all of it in Latin letters.": "Введите его весь латинскими буквами.",
    "{value} is unknown": "{value}: неизвестное слово",
    "{value} is not a number": "{value} — не число",
    "{value} is not a whole number": "{value} — не целое число",
    "{value} is not a finite number": "{value} — не конечное число",
    "{value} is not a number of units": "{value} — не количество единиц",
    "{value} is not a fee": "{value} — не комиссия",
    "{value} is neither yes nor no": "{value} — ни yes, ни no",
    "{value} is negative": "{value} меньше нуля",
    "{value} is too large": "{value} — слишком большое число",
    "{value} is too fine": "{value} — слишком много знаков после точки",
    "{value} is more than 100%": "{value} больше 100%",
    "{value} has no % sign": "у {value} нет знака %",
    "{value} has a comma": "в {value} стоит запятая",
    "{value} has a separator that does not part thousands": "в {value} разделитель стоит не между тысячами",
    "Write {point}: the decimal separator is a point.": "Напишите {point}: десятичный разделитель — точка.",
    "Write {point} or {plain}: the decimal separator is a point.": (
        "Напишите {point} или {plain}: десятичный разделитель — точка."
    ),
    "Write {plain}: a space or _ parts thousands.": "Напишите {plain}: тысячи разделяет пробел или _.",
    "Write thousands as 1 000 000 or 1_000_000.": "Пишите тысячи так: 1 000 000 или 1_000_000.",
    "Write percentages in [want].": "Проценты пишутся в [want].",
    "Numbers have at most {count} digits before the point.": "В числах не больше {count} цифр до точки.",
    "Numbers have at most {count} digits after the point.": "В числах не больше {count} цифр после точки.",
    "a lot has at least 1 unit": "в лоте не меньше одной единицы",
    "a time limit is above 0": "предел времени больше 0",
    "{name} closed in 2024 and gives no quotes": "{name} закрылся в 2024 году и котировок не даёт",
    "FILE needs the path of a CSV file": "для FILE нужен путь к файлу CSV",
    "Write FILE quotes.csv: the path is relative to this file.": (
        "Напишите FILE quotes.csv: путь отсчитывается от этого файла."
    ),
    # --- what the values of a portfolio file may be
    "a number of units, such as 12 or 5.1": "количество единиц, например 12 или 5.1",
    "units (10), a percentage (12.5%) or auto": "единицы (10), проценты (12.5%) или auto",
    "0 units": "0 единиц",
    "0": "0",
    "money (2), a percentage of the deal (0.3%) or both (1 + 0.05%)": (
        "деньги (2), процент от сделки (0.3%) или то и другое (1 + 0.05%)"
    ),
    "commission of [options]": "commission из [options]",
    "BUY, SELL, KEEP or TRADE": "BUY, SELL, KEEP или TRADE",
    "TRADE": "TRADE",
    "units per lot, a whole number from 1": "единиц в лоте, целое число от 1",
    "the exchange's lot, else 1": "лот биржи, иначе 1",
    "an amount of money, such as 104.26": "сумма денег, например 104.26",
    "an amount of money (100) or a percentage (5%)": "сумма денег (100) или проценты (5%)",
    "none: cash is free": "нет: деньги без цели",
    "yes or no": "yes или no",
    "a whole number; 0 sets no limit": "целое число; 0 — без ограничения",
    "MOEX, YAHOO FINANCE or FILE path.csv": "MOEX, YAHOO FINANCE или FILE path.csv",
    "MOEX": "MOEX",
    "LAD or LSAPPROX": "LAD или LSAPPROX",
    "LAD": "LAD",
    "seconds above 0, such as 30": "секунды, больше 0, например 30",
    "30": "30",
    "a percentage of the portfolio's value, such as 0.01%": "процент от стоимости портфеля, например 0.01%",
    "exact": "точно",
    "the path of another portfolio file, relative to this one": "путь к другому файлу портфеля, от этого файла",
    "none": "нет",
    # --- quotes from a file
    "{path}: no such file.": "{path}: такого файла нет.",
    "{path}: not a file.": "{path}: не файл.",
    "{path}: cannot be read ({reason}).": "{path}: не прочитать ({reason}).",
    "{path}: the file is empty.": "{path}: файл пуст.",
    "{path}: over {megabytes} MB.": "{path}: больше {megabytes} МБ.",
    "{path}: not a text file in UTF-8 or cp1251.": "{path}: не текст в UTF-8 или cp1251.",
    "Save it as CSV in UTF-8.": "Сохраните его как CSV в UTF-8.",
    "Give a CSV file: FILE quotes.csv.": "Укажите файл CSV: FILE quotes.csv.",
    "Correct provider = FILE in [options]; its path starts at the folder of the portfolio file.": (
        "Исправьте provider = FILE в [options]; путь отсчитывается от папки файла портфеля."
    ),
    "The first line names the columns: ticker,bid,ask and, if known, last,lot,time.": (
        "Первая строка называет столбцы: ticker,bid,ask и, если известны, last,lot,time."
    ),
    "{path}:{line}: {columns} {columns:column|columns}.": "{path}:{line}: столбцов: {columns}.",
    "{path}:{line}: no column {column}.": "{path}:{line}: нет столбца {column}.",
    "{path}:{line}: no column is called {column}.": "{path}:{line}: столбца {column} не бывает.",
    "{path}:{line}: column {column} stands twice.": "{path}:{line}: столбец {column} стоит дважды.",
    "{path}: column {column} is not used.": "{path}: столбец {column} не используется.",
    "{path}:{line}: quotation marks do not match.": "{path}:{line}: кавычки не закрыты.",
    'Close the quotation; inside it write the mark twice: "A ""quoted"" name".': (
        'Закройте кавычки; внутри них пишите знак дважды: "Имя ""в кавычках""".'
    ),
    "{path}:{line}: {ticker}: {what}.": "{path}:{line}: {ticker}: {what}.",
    "{path}:{line}: {ticker} stands on line {first} too.": "{path}:{line}: {ticker} есть и в строке {first}.",
    "Keep one of the two.": "Оставьте одну из двух.",
    "{ticker}: not in {path}.": "{ticker}: нет в {path}.",
    "Add a row for it.": "Добавьте для него строку.",
    "Write one of {words} in the portfolio file.": "Напишите в файле портфеля одно из: {words}.",
    "{path}: {count} {count:row|rows} of other tickers cannot be used ({count:line|lines} {lines}).": (
        "{path}: строк других тикеров, которые не годятся: {count} ({count:строка|строки|строки} {lines})."
    ),
    "{values} {values:value|values} for {columns} {columns:column|columns}": (
        "значений: {values}, а столбцов: {columns}"
    ),
    "Fill in or leave empty every column; decimals take a point, not a comma.": (
        "Заполните или оставьте пустым каждый столбец; десятичный разделитель — точка, не запятая."
    ),
    "no {column} and no last price": "нет ни {column}, ни цены последней сделки",
    "Fill in last, or {column}.": "Заполните last или {column}.",
    "{column} = {value} is not a number": "{column} = {value} — не число",
    "{column} = {value} is not a price": "{column} = {value} — не цена",
    "{column} = {value} is no sane price": "{column} = {value} — немыслимая цена",
    "It must be below 1e12, with at most 12 digits after the point.": (
        "Она должна быть меньше 1e12, не больше 12 цифр после точки."
    ),
    "Write {number}.": "Напишите {number}.",
    "Write a number such as 289.82.": "Напишите число, например 289.82.",
    "Leave the cell empty if there is none.": "Если её нет, оставьте ячейку пустой.",
    "bid {bid} is above ask {ask}": "bid {bid} выше ask {ask}",
    "Are the two swapped? Nobody sells below what another pays.": (
        "Не перепутаны ли они? Никто не продаёт дешевле, чем другой покупает."
    ),
    "lot = {value} is not a whole number of units": "lot = {value} — не целое число единиц",
    "Write the units in a lot, such as 10, or leave the cell empty for 1.": (
        "Напишите, сколько единиц в лоте, например 10, или оставьте ячейку пустой, если одна."
    ),
    "decimals = {value} is not a number of digits": "decimals = {value} — не количество цифр",
    "Write a whole number from 0 to 12, or leave the cell empty.": (
        "Напишите целое число от 0 до 12 или оставьте ячейку пустой."
    ),
    "time = {value} is not a date and time": "time = {value} — не дата и время",
    "Write 2024-02-15T17:54:00; without a zone it is Moscow time.": (
        "Напишите 2024-02-15T17:54:00; без часового пояса это время Москвы."
    ),
    # --- quotes from the network
    "{name}: no such provider of quotes.": "{name}: такого источника котировок нет.",
    "Write provider = MOEX, provider = YAHOO FINANCE or provider = FILE quotes.csv in [options].": (
        "Напишите в [options] provider = MOEX, provider = YAHOO FINANCE или provider = FILE quotes.csv."
    ),
    "{failure}.": "{failure}.",
    "{failure}, after {tries} {tries:try|tries}.": "{failure}, попыток: {tries}.",
    "Try again later, or use provider = FILE quotes.csv, which needs no network.": (
        "Попробуйте позже или возьмите provider = FILE quotes.csv, которому не нужна сеть."
    ),
    "Check the network; behind a proxy, give its address with --proxy or in HTTPS_PROXY.": (
        "Проверьте сеть; за прокси задайте его адрес через --proxy или в HTTPS_PROXY."
    ),
    "Check the address: that of --proxy, or of the variables HTTP_PROXY and HTTPS_PROXY.": (
        "Проверьте адрес: в --proxy или в переменных HTTP_PROXY и HTTPS_PROXY."
    ),
    "Something else answers at this address: a login page, a proxy or a wrong path.": (
        "По этому адресу отвечает кто-то другой: страница входа, прокси, или путь неверен."
    ),
    "It asks to wait {seconds} s.": "Он просит подождать {seconds} с.",
    "Wait a minute before the next run.": "Подождите минуту до следующего запуска.",
    "Wait a few minutes.": "Подождите несколько минут.",
    "Too many requests may be the reason: wait a few minutes.": (
        "Причиной может быть слишком много запросов: подождите несколько минут."
    ),
    "{host} forbids the request ({status})": "{host} запрещает запрос ({status})",
    "{host}: too many requests ({status})": "{host}: слишком много запросов ({status})",
    "{host}: too many requests.": "{host}: слишком много запросов.",
    "{host} is out of order ({status})": "{host} не работает ({status})",
    "{host} answered {status}": "{host} ответил {status}",
    "{host} answered {status}.": "{host} ответил {status}.",
    "{host} answered {kind} instead of JSON": "{host} ответил {kind} вместо JSON",
    "{host}: the answer is not whole JSON": "{host}: ответ — не целый JSON",
    "{host}: the answer is over {megabytes} MB": "{host}: ответ больше {megabytes} МБ",
    "{host}: the answer cannot be read ({reason}).": "{host}: ответ не прочитать ({reason}).",
    "{host}: the request failed ({reason})": "{host}: запрос не удался ({reason})",
    "{host}: not an address of a web service": "{host}: не адрес веб-службы",
    "Write https://host/path.": "Напишите https://host/path.",
    "{host} redirects without end": "{host} перенаправляет без конца",
    "{host}: no such host, or no network": "{host}: такого узла нет, или нет сети",
    "{host} refused the connection": "{host} отказал в соединении",
    "{host}: no secure connection, its certificate or protocol is not trusted": (
        "{host}: нет безопасного соединения, сертификату или протоколу нет доверия"
    ),
    "Check the clock of this machine; a filtering proxy needs REQUESTS_CA_BUNDLE.": (
        "Проверьте часы компьютера; для фильтрующего прокси нужен REQUESTS_CA_BUNDLE."
    ),
    "REQUESTS_CA_BUNDLE names a file that is not there": "REQUESTS_CA_BUNDLE указывает на файл, которого нет",
    "Correct or unset it.": "Исправьте или уберите её.",
    "{host} did not answer in time": "{host} не ответил вовремя",
    "{host} did not answer in time.": "{host} не ответил вовремя.",
    "{host} broke the connection off": "{host} оборвал соединение",
    "{host} cannot be reached": "{host} недоступен",
    "{host} cannot be reached.": "{host} недоступен.",
    "proxy {proxy}: not an address": "прокси {proxy}: не адрес",
    "proxy {proxy}: not an address.": "прокси {proxy}: не адрес.",
    "proxy {proxy}: no such host, or no network": "прокси {proxy}: такого узла нет, или нет сети",
    "proxy {proxy} refused the connection": "прокси {proxy} отказал в соединении",
    "proxy {proxy} does not let the request through": "прокси {proxy} не пропускает запрос",
    "{host}: the proxy does not let the request through.": "{host}: прокси не пропускает запрос.",
    "proxy {proxy} asks for a name and a password": "прокси {proxy} требует имя и пароль",
    "Write http://name:password@host:port.": "Напишите http://имя:пароль@узел:порт.",
    "Write http://host:port, or http://name:password@host:port.": (
        "Напишите http://узел:порт или http://имя:пароль@узел:порт."
    ),
    "a SOCKS proxy needs one more library": "для прокси SOCKS нужна ещё одна библиотека",
    "Run: pip install 'requests[socks]'": "Введите: pip install 'requests[socks]'",
    # --- the exchange
    "{host}: no block {block} in the answer.": "{host}: в ответе нет блока {block}.",
    "{host}: block {block} has no column {column}.": "{host}: в блоке {block} нет столбца {column}.",
    '{host} says "{said}"': "{host} отвечает: «{said}»",
    "The exchange has changed its format: update allocator, or use provider = FILE quotes.csv.": (
        "Биржа сменила формат: обновите allocator или возьмите provider = FILE quotes.csv."
    ),
    "{host}: the list of securities is empty.": "{host}: список бумаг пуст.",
    "{ticker}: the exchange has no such ticker.": "{ticker}: на бирже нет такого тикера.",
    "{code} became {name}: check how many units you hold, and write {name}.": (
        "{code} теперь {name}: проверьте, сколько у вас единиц, и напишите {name}."
    ),
    "{ticker}: not on {boards}.": "{ticker}: нет на {boards}.",
    "It trades on {boards}: write {word}.": "Торгуется на {boards}: напишите {word}.",
    "{ticker}: the share market has no board {board}.": "{ticker}: на рынке акций нет режима {board}.",
    "The boards are {boards}.": "Режимы: {boards}.",
    "{ticker}: the exchange gives no price at all.": "{ticker}: биржа не даёт никакой цены.",
    "{ticker}: trading is suspended and there is no price at all.": (
        "{ticker}: торги приостановлены, и никакой цены нет."
    ),
    "Leave it out of the portfolio file, or give its price with provider = FILE quotes.csv.": (
        "Уберите его из файла портфеля или задайте цену через provider = FILE quotes.csv."
    ),
    "{ticker}: the exchange gives lot size {lot}.": "{ticker}: биржа даёт размер лота {lot}.",
    "Use provider = FILE quotes.csv with a lot column.": "Возьмите provider = FILE quotes.csv со столбцом lot.",
    "{boards}: no trading now; the prices are not a live bid and ask.": (
        "{boards}: сейчас торгов нет; цены — не живые bid и ask."
    ),
    "{tickers}: suspended by the exchange; write KEEP in [trade].": (
        "{tickers}: торги приостановлены биржей; напишите KEEP в [trade]."
    ),
    "{tickers}: not traded at the moment, though the session is open.": (
        "{tickers}: сейчас не торгуется, хотя сессия открыта."
    ),
    "{board}: the newest data of the exchange is of {time}, the quotes may be old.": (
        "{board}: новейшие данные биржи — за {time}, котировки могут быть старыми."
    ),
    "{tickers}: not quoted in roubles; no exchange rate is applied.": (
        "{tickers}: котируется не в рублях; курс не применяется."
    ),
    # --- Yahoo
    "provider = YAHOO FINANCE needs a library that is not installed ({name}).": (
        "для provider = YAHOO FINANCE нужна библиотека, которая не установлена ({name})."
    ),
    "With the Python that runs allocator: python -m pip install yfinance": (
        "Тем Python, которым запущен allocator: python -m pip install yfinance"
    ),
    "Update the library: pip install --upgrade yfinance": "Обновите библиотеку: pip install --upgrade yfinance",
    "{ticker}: Yahoo knows no such ticker.": "{ticker}: Yahoo не знает такого тикера.",
    "Look it up at finance.yahoo.com; the Moscow Exchange is provider = MOEX.": (
        "Найдите его на finance.yahoo.com; Московская биржа — это provider = MOEX."
    ),
    "A board such as {board} is of the Moscow Exchange: write provider = MOEX.": (
        "Режим {board} — с Московской биржи: напишите provider = MOEX."
    ),
    "{ticker}: Yahoo gives no price at all.": "{ticker}: Yahoo не даёт никакой цены.",
    "{tickers}: several currencies; no exchange rate is applied.": "{tickers}: разные валюты; курс не применяется.",
    "{tickers}: Yahoo gives no sane bid and ask; the last price is used.": (
        "{tickers}: Yahoo не даёт разумных bid и ask; взята цена последней сделки."
    ),
    # --- the plan
    "{path}: {ticker} = auto needs a forecast, and there is none": (
        "{path}: для {ticker} = auto нужен прогноз, а его нет"
    ),
    "Write a percentage or a number of units in [want].": "Напишите в [want] проценты или количество единиц.",
    "{ticker}: {provider} gave no quote": "{ticker}: {provider} не дал котировки",
    "{ticker}: bid {bid} and ask {ask} do not satisfy 0 < bid <= ask": (
        "{ticker}: для bid {bid} и ask {ask} неверно, что 0 < bid <= ask"
    ),
    "use all cash overrides cash want": "use all cash отменяет want секции [cash]",
    "there is no money for the part wanted in percent": "на часть, заданную в процентах, денег нет",
    "{missing} must be raised by sales, but all that may be sold brings {raised} after fees": (
        "продажами нужно выручить {missing}, но всё, что можно продать, даёт после комиссий {raised}"
    ),
    "Withdraw less, put more into [cash] have, or allow more sales in [trade].": (
        "Выведите меньше, внесите больше в have секции [cash] или разрешите больше продаж в [trade]."
    ),
    "{missing} must be raised by sales, but max deals = {limit} allows sales of only {raised}": (
        "продажами нужно выручить {missing}, но max deals = {limit} даёт выручить только {raised}"
    ),
    "Raise max deals, or withdraw less.": "Увеличьте max deals или выведите меньше.",
    "solving; the plan so far is within {gap} of the best": "решение; текущий план не дальше {gap} от лучшего",
    "the solver cbc is not installed": "решатель cbc не установлен",
    "Install it (python -m pip install cbcbox, or your system's coinor-cbc), or use --solver highs.": (
        "Установите его (python -m pip install cbcbox или coinor-cbc вашей системы) или возьмите --solver highs."
    ),
    "there is no asset to hold or to trade": "нет активов, которые можно держать или покупать",
    "no plan that uses all cash was found in time": "план, который тратит все деньги, за отведённое время не найден",
    "Raise the time limit, or set use all cash = no.": "Увеличьте предел времени или задайте use all cash = no.",
    "no plan leaves as little cash as use all cash asks": (
        "ни один план не оставляет так мало денег, как требует use all cash"
    ),
    "Set use all cash = no, or allow more deals in [trade].": (
        "Задайте use all cash = no или разрешите больше сделок в [trade]."
    ),
    "the plan breaks a constraint: {violation}": "план нарушает ограничение: {violation}",
    "{deals} deals are more than max deals = {limit}": "сделок {deals}, больше чем max deals = {limit}",
    "cash would fall to {cash}": "денег осталось бы {cash}",
    "use all cash: one more lot of {ticker} could be bought": "use all cash: можно купить ещё один лот {ticker}",
    "{ticker} may not be bought": "{ticker} нельзя покупать",
    "{ticker}: more is sold than is held and may be sold": "{ticker}: продаётся больше, чем есть и можно продать",
}
