"""`allocator backtest` in Russian: its file, what it reads and trains, what it found."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- progress
    "risk as it was known": "риск, каким он был известен",
    "testing {strategy}": "проверка: {strategy}",
    "features of {strategy}": "признаки: {strategy}",
    "trying settings": "перебор настроек",
    # --- settings and notes
    "Tuning period": "Период настройки",
    "Test period": "Период проверки",
    "{since} to {till}, {bars} {bars:bar|bars}": "с {since} по {till}, {bars} {bars:свеча|свечи|свечей}",
    "Securities": "Бумаги",
    "{tickers} and {more} more": "{tickers} и ещё {more}",
    "hours that begin from {first} to {last} o'clock": "часы, которые начинаются с {first} до {last} часов",
    "fee {fee}% and {fixed} a deal, spread {spread}%, impact {impact}": (
        "комиссия {fee}% и {fixed} за сделку, спред {spread}%, влияние на цену {impact}"
    ),
    "Deals": "Сделки",
    "{when}, {lots}": "{when}, {lots}",
    "at the next open": "по следующей цене открытия",
    "at the next close": "по следующей цене закрытия",
    "at the close of the decision": "по цене закрытия, на которой принято решение",
    "any part of a unit": "любая доля бумаги",
    "Cash earns": "Деньги приносят",
    "by {file}": "по файлу {file}",
    "{rate}% a year": "{rate}% в год",
    "equal weights": "равные доли",
    "lots are those of today": "лоты — сегодняшние",
    "deals are made at the very close that decisions know, which nobody can do": (
        "сделки идут по той самой цене закрытия, которую знает решение, а так никто не может"
    ),
    "no spread is paid: prices jump between bid and ask, and whoever deals often seems to earn that; write spread in "
    "[backtest]": (
        "спред не платится: цены скачут между спросом и предложением, и кто торгует часто, будто бы на этом "
        "зарабатывает; задайте spread в [backtest]"
    ),
    "{strategy}: {note}": "{strategy}: {note}",
    "without a bar in the period: {tickers}": "без единой свечи за период: {tickers}",
    "of {all} {all:security|securities} {count} qualified by {day}": (
        "к {day} из {all} {all:бумаги|бумаг|бумаг} {count:подходила|подходили|подходили} {count}"
    ),
    "a model of {day} is missing: {reason}": "нет модели на {day}: {reason}",
    "models whose forecasts could not be recalibrated, and are not used: {count}": (
        "моделей, прогнозы которых не удалось откалибровать и которые не используются: {count}"
    ),
    # --- verdict
    "After costs {name}: {rate} a year, compounded. What earned in the past need not earn again.": (
        "После издержек {name}: {rate} в год с учётом реинвестирования. Что приносило доход раньше, не обязано "
        "приносить его снова."
    ),
    "After costs {name} grew most: {rate} a year, compounded. The past of a few strategies proves little of the "
    "future.": (
        "После издержек больше всех выросла стратегия {name}: {rate} в год с учётом реинвестирования. Прошлое "
        "нескольких стратегий мало что доказывает о будущем."
    ),
    "{name} made no deal: it earned what cash did, {mine} a year, compounded; {other} earned {theirs}.": (
        "{name} не совершила ни одной сделки и заработала столько же, сколько деньги: {mine} в год с учётом "
        "реинвестирования; {other} — {theirs}."
    ),
    "{name} does not beat {other} after costs: {mine} against {theirs} a year, compounded.": (
        "{name} не лучше, чем {other}, после издержек: {mine} против {theirs} в год с учётом реинвестирования."
    ),
    "{name} earned more than {other} after costs, {mine} against {theirs} a year compounded, which may be luck "
    "(p = {p}).": (
        "{name} принесла после издержек больше, чем {other}: {mine} против {theirs} в год с учётом реинвестирования, "
        "но это может быть везением (p = {p})."
    ),
    "{name} beats {other} after costs: {mine} against {theirs} a year, compounded (p = {p}).": (
        "{name} лучше, чем {other}, после издержек: {mine} против {theirs} в год с учётом реинвестирования (p = {p})."
    ),
    "{name} beats {other} after costs: {mine} against {theirs} a year, compounded (p = {p}); on the "
    "tuning period it did no better than the best of {trials} worthless {trials:setting|settings} "
    "might.": (
        "{name} лучше, чем {other}, после издержек: {mine} против {theirs} в год с учётом "
        "реинвестирования (p = {p}); но на периоде настройки она не превзошла того, что показала бы "
        "лучшая из {trials} {trials:бесполезной настройки|бесполезных настроек|бесполезных настроек}."
    ),
    "not one deal was made by: {strategies}": "ни одной сделки не совершили: {strategies}",
    "bars without any forecast: {count} of {bars}, the longest run {begin} to {end}; after the "
    "market was closed for weeks it takes {warm} {warm:bar|bars} until features are whole again": (
        "свечей без единого прогноза: {count} из {bars}, самый долгий перерыв с {begin} по {end}; после "
        "того как рынок был закрыт неделями, признаки снова полны через {warm} {warm:свечу|свечи|свечей}"
    ),
    "{value} takes the whole deal": "{value} — это вся сделка",
    "a cap of {value} lets nothing be bought": "с cap {value} ничего не купить",
    "the strategy's name has {count} characters": "в имени стратегии знаков: {count}",
    "Write {most} at most.": "Не больше {most}.",
    "{path} is read: it would be overwritten.": "{path} читается: файл был бы перезаписан.",
    "Give the answer another name.": "Дайте ответу другое имя.",
    "--html and --plot name one file.": "--html и --plot называют один файл.",
    "Give each a name of its own.": "Дайте каждому своё имя.",
    "{what}: {finding}": "{what}: {finding}",
    # --- data
    "{path}: cannot be written ({reason}).": "{path}: не удаётся записать ({reason}).",
    "Not one security could be forecast on any bar.": "Ни по одной бумаге ни на одной свече прогноза нет.",
    "Take a shorter window, other inputs, or securities with a longer history.": (
        "Возьмите окно короче, другие входы или бумаги с более длинной историей."
    ),
    "Bars to train on before {day}: {rows}; a window of {window} needs {needed}, after the {first} "
    "that features begin with.": (
        "До {day} для обучения есть свечей: {rows}; окну {window} нужно {needed} сверх {first}, с которых начинаются "
        "признаки."
    ),
    "Begin the backtest later, or load a longer history.": "Начните проверку позже или загрузите историю длиннее.",
    "The benchmark {ticker} has no level of {day}.": "У эталона {ticker} нет значения на {day}.",
    "Load it (allocator data import FILE.csv), choose dates within it, or write benchmark = equal or cash.": (
        "Загрузите его (allocator data import ФАЙЛ.csv), выберите даты внутри него или напишите benchmark = equal или "
        "cash."
    ),
    "{name}: there are no bars of {interval} to test on.": "{name}: нет свечей для проверки ({interval}).",
    "{path}: not one security has a bar in the period.": "{path}: ни у одной бумаги нет свечей за период.",
    "See what is there: allocator data status": "Посмотрите, что есть: allocator data status",
    "{path}: the first rate is of {day}, and the bars begin on {first}.": (
        "{path}: первая ставка — от {day}, а свечи начинаются {first}."
    ),
    "Add an earlier rate, or write a percentage in place of the file.": (
        "Добавьте более раннюю ставку или напишите вместо файла процент."
    ),
    "{path}: this is not a text.": "{path}: это не текст.",
    "{path}: not in the store: {tickers}.": "{path}: нет в хранилище: {tickers}.",
    "Load them: allocator refresh --tickers {tickers}; with --data, name files that have them.": (
        "Загрузите их: allocator refresh --tickers {tickers}; с --data назовите файлы, где они есть."
    ),
    "{path}: there are no rates in it.": "{path}: в нём нет ставок.",
    "Write lines such as 2024-07-29,18.0": "Пишите строки вроде 2024-07-29,18.0",
    "{path}:{line}: this is not a date and a percentage.": "{path}:{line}: это не дата и процент.",
    "{path}: which securities qualified depends on when the backtest begins.": (
        "{path}: какие бумаги подходили, зависит от того, когда начинается проверка."
    ),
    "Write from = DATE or tickers = A, B, C in [backtest].": (
        "Напишите from = ДАТА или tickers = A, B, C в [backtest]."
    ),
    "{name}: not one security qualified by {day}: {days} {days:day|days} of bars must be there, and "
    "a median turnover above {cash}.": (
        "{name}: к {day} не подходила ни одна бумага: нужна история длиной {days} {days:день|дня|дней} и "
        "медианный оборот больше {cash}."
    ),
    "Begin later, with less cash, or write tickers = A, B, C in [backtest].": (
        "Начните позже, с меньшими деньгами или напишите tickers = A, B, C в [backtest]."
    ),
    "{path}: {tickers} cannot be bought, being an index.": "{path}: {tickers} — это индекс, его нельзя купить.",
    "Leave it out of tickers; it may be the benchmark.": (
        "Уберите его из tickers; он может быть эталоном (benchmark)."
    ),
    "No bar begins between {first} and {last} o'clock.": "Ни одна свеча не начинается между {first} и {last} часами.",
    "Write other hours, or none, in [backtest].": "Напишите в [backtest] другие часы (hours) или никаких.",
    "{path}: the benchmark {ticker} is not in the store.": "{path}: эталона {ticker} нет в хранилище.",
    "Load it (allocator data import FILE.csv), or write benchmark = equal or cash.": (
        "Загрузите его (allocator data import ФАЙЛ.csv) или напишите benchmark = equal или cash."
    ),
    "[strategy {name}]: {ticker} of its targets is not traded here.": (
        "[strategy {name}]: бумага {ticker} из её целей здесь не торгуется."
    ),
    "Add it to tickers in [backtest], or leave that line out.": (
        "Добавьте её в tickers в [backtest] или уберите ту строку."
    ),
    "--series is of the JSON.": "--series относится к JSON.",
    "Add --json, or --html FILE.html for charts.": "Добавьте --json или, ради графиков, --html ФАЙЛ.html.",
    # --- the file: what is wrong
    "docs/backtest.md has files to begin with.": "В docs/backtest.md есть файлы, с которых можно начать.",
    "there is nothing to test: no strategy": "нечего проверять: нет ни одной стратегии",
    "Write a section such as [strategy equal] and in it kind = equal.": (
        "Напишите секцию вроде [strategy equal] и в ней kind = equal."
    ),
    "a bar of a day has no hour": "у дневной свечи нет часа",
    "Write interval = hour.": "Напишите interval = hour.",
    "tickers and portfolio both say what is traded": "и tickers, и portfolio говорят, чем торговать",
    "the end is not after the beginning": "конец не позже начала",
    "Write a later day.": "Напишите день позже.",
    "Write an earlier day.": "Напишите день раньше.",
    "there are no targets": "целей нет",
    "wavenet is trained without λ": "wavenet учится без λ",
    "Write lambda = 0.": "Напишите lambda = 0.",
    "nothing is left to train on before the backtest begins": "до начала проверки учиться не на чем",
    "{place}: {path} wants {tickers} by number or by auto, and a backtest holds to percentages.": (
        "{place}: в {path} для {tickers} задано число или auto, а проверка держится процентов."
    ),
    "{place}: {path} has no percentages.": "{place}: в {path} нет процентов.",
    "Write percentages in [want] of that file.": "Напишите проценты в [want] того файла.",
    "the tuning period is empty: it ends before it begins": "период настройки пуст: он кончается раньше, чем начался",
    "nothing is left to test on after the tuning period": "после периода настройки проверять не на чем",
    "the strategy has no kind": "у стратегии нет вида",
    "the key means nothing to a strategy of the kind {kind}": "стратегии вида {kind} этот ключ ни о чём не говорит",
    "Keys of this kind are {names}.": "Ключи этого вида: {names}.",
    "there is no period to choose among these by": "не по чему выбирать из этих чисел: нет периода настройки",
    "Write tune until = DATE in [backtest], or one number here.": (
        "Напишите tune until = ДАТА в [backtest] или здесь одно число."
    ),
    "a backtest begins with money": "проверка начинается с денег",
    "a number stands twice": "число стоит дважды",
    "without an aversion to risk all money goes into one security": (
        "без неприятия риска все деньги уходят в одну бумагу"
    ),
    "{value} are no hours of a day": "{value} — не часы суток",
    "the percentages add up to more than 100%": "проценты в сумме больше 100%",
    "bands of 0% are no bands": "полосы в 0% — не полосы",
    "{value} is not a ticker and a percentage": "{value} — не тикер с процентом",
    "{ticker} stands twice": "{ticker} стоит дважды",
    # --- the file: what to write
    "a percentage, such as 0.02%": "процент, например 0.02%",
    "a percentage, such as 25%": "процент, например 25%",
    "any words": "любые слова",
    "the file's name": "имя файла",
    "the first and the last hour in which a bar begins, such as 10-18": (
        "первый и последний час, в который начинается свеча, например 10-18"
    ),
    "all": "все",
    "the first bar": "первая свеча",
    "the last bar": "последняя свеча",
    "tickers with commas between them, or universe": "тикеры через запятую или universe",
    "those of all targets, else universe": "бумаги всех целей, иначе universe",
    "the path of a portfolio file": "путь к файлу портфеля",
    "a number, such as 1": "число, например 1",
    "a percentage a year, or the path of a CSV of them by date": "процент в год или путь к CSV с ними по датам",
    "a ticker, equal or cash": "тикер, equal или cash",
    "cash": "cash",
    "next open, next close or close": "next open, next close или close",
    "forecast, targets, equal, market, hold or momentum": "forecast, targets, equal, market, hold или momentum",
    "each bar, day, week, month, quarter, year, N bars or bands 5%": (
        "each bar, day, week, month, quarter, year, N bars или bands 5%"
    ),
    "month": "month",
    "tickers with percentages (SBER 60%, GAZP 40%), or the path of a portfolio file": (
        "тикеры с процентами (SBER 60%, GAZP 40%) или путь к файлу портфеля"
    ),
    "a whole number of securities from 1": "целое число бумаг от 1",
    "lstm, encoder, encoder-decoder, tsmixer or wavenet": "lstm, encoder, encoder-decoder, tsmixer или wavenet",
    "univariate, ta57, others or context": "univariate, ta57, others или context",
    "a whole number of bars from 2": "целое число свечей от 2",
    "a whole number of bars from 30": "целое число свечей от 30",
    "step": "step",
    "a whole number from 1": "целое число от 1",
    "numbers with commas between them, such as 0, 10, 50": "числа через запятую, например 0, 10, 50",
    "numbers above 0 with commas between them, such as 1, 5, 25": "числа больше 0 через запятую, например 1, 5, 25",
    "N bars, N months or never": "N bars, N months или never",
    "12 months": "12 months",
    # --- a strategy's own keys
    "that of [backtest]": "как в [backtest]",
    "that of the network": "как у самой сети",
    "a whole number from 2": "целое число от 2",
    "each training": "до каждого обучения",
    "recalibrated or raw": "recalibrated или raw",
    "the four attentions of {network} cannot share it": "четыре внимания сети {network} не могут её поделить",
    "Write a multiple of 4.": "Напишите число, кратное 4.",
    "nothing is left to train on: it ends before it begins": "учиться не на чем: конец раньше начала",
    "fee {fee}%, spread {spread}%, {when}": "комиссия {fee}%, спред {spread}%, {when}",
    "Deals of {strategy}": "Сделки стратегии {strategy}",
    "What cash is expected to earn is not a number for each bar.": "Ожидаемый доход денег — не число на каждую свечу.",
    # --- a part of a page
    "Chosen": "Выбрано",
    "Sharpe when chosen": "Шарп при выборе",
    "t of Sharpe": "t Шарпа",
    "Sharpe ratios of {strategy} on the tuning period, λ down, risk aversion across; the chosen one is bold.": (
        "Коэффициенты Шарпа {strategy} в период настройки: λ вниз, неприятие риска вправо; выбранный — жирным."
    ),
    "The page has no place for {name}.": "На странице нет места для {name}.",
    "{path}: these are not two columns: {row}": "{path}: это не два столбца: {row}",
    "Write a heading such as row,The paper and lines such as sharpe_ratio,1.37": (
        "Напишите заголовок вида row,The paper и строки вида sharpe_ratio,1.37"
    ),
    "{path}: {key} is no row of a backtest's report.": "{path}: в отчёте о проверке нет строки {key}.",
    "--beside is of the page.": "--beside относится к странице.",
    "Add --markdown FILE.md": "Добавьте --markdown FILE.md",
}
