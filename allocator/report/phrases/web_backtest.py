"""What the pages of backtests say."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "What strategies would have made, bar by bar, knowing at each no more than was known then, after costs.": (
        "Что заработали бы стратегии, свеча за свечой, зная на каждой лишь то, что было известно тогда, после издержек."
    ),
    "Runs": "Прогоны",
    "The newest first. Figures are of the strategy that grew most; growth is compounded, of a year.": (
        "Сначала новые. Числа — той стратегии, что выросла больше всех; рост — за год, с реинвестированием."
    ),
    "Run": "Прогон",
    "Begun": "Начат",
    "Growth a year": "Рост за год",
    "Deepest fall": "Просадка",
    "Delete": "Удалить",
    "Delete {title} of {time}": "Удалить {title} от {time}",
    "No backtest has been run yet": "Бэктестов ещё не было",
    "A text to begin with stands below: press the button.": "Ниже — текст для начала: нажмите кнопку.",
    "A new backtest": "Новый бэктест",
    "Run the backtest": "Запустить бэктест",
    "It runs in the background, one at a time; the page may be left.": (
        "Он идёт в фоне, по одному за раз; страницу можно закрыть."
    ),
    "Test forecasts, too": "Проверить и прогнозы",
    "Copy these lines to the end of the text.": "Скопируйте эти строки в конец текста.",
    "A page reads no file of this machine: percentages and rates are written in the text itself.": (
        "Страница не читает файлов этой машины: проценты и ставки пишут в самом тексте."
    ),
    "It waits for the runs before it": "Ждёт прогонов, начатых раньше",
    "It begins": "Начинается",
    "Progress": "Ход",
    "{done} of {total} {total:step|steps}": "{done} из {total} {total:шага|шагов|шагов}",
    "Stop the run": "Остановить прогон",
    "All backtests": "Все бэктесты",
    "Take its text to the editor": "Взять его текст в редактор",
    "Look again": "Посмотреть ещё раз",
    "it took {time}": "заняло {time}",
    "The server ended before this run did. Begin it again: it goes on from what it had worked out.": (
        "Сервер закончил работу раньше этого прогона. Начните его снова: он продолжит с того, что уже посчитано."
    ),
    "It was stopped. Begun again, it goes on from where it was.": (
        "Его остановили. Начатый снова, он продолжит с того же места."
    ),
    "Strategies side by side": "Стратегии рядом",
    "After costs. Growth is compounded, of a year; the money at the end is a multiple of that at the beginning.": (
        "После издержек. Рост — за год, с реинвестированием; деньги в конце — во сколько раз больше, чем в начале."
    ),
    "Volatility a year": "Волатильность за год",
    "Money at the end": "Денег в конце",
    "Money, as a multiple of that at the beginning": "Деньги: во сколько раз больше, чем в начале",
    "The value of each strategy over time; the table above has what came of it.": (
        "Стоимость каждой стратегии во времени; что из этого вышло — в таблице выше."
    ),
    "To keep": "Сохранить себе",
    "The report as one page": "Отчёт одной страницей",
    "Charts as a picture": "Графики картинкой",
    "Every figure as JSON": "Все числа в JSON",
    "The table as CSV": "Таблица в CSV",
    "The text": "Текст",
    "The whole report": "Весь отчёт",
    "in a tab of its own": "в отдельной вкладке",
    "The report of {title}": "Отчёт «{title}»",
    "For a report with charts the server needs matplotlib: python -m pip install matplotlib": (
        "Для отчёта с графиками серверу нужен matplotlib: python -m pip install matplotlib"
    ),
    "The text of this run": "Текст этого прогона",
    "not in the store: {tickers}": "нет в хранилище: {tickers}",
    "Strategies: {names}.": "Стратегии: {names}.",
    "Networks are trained first, which takes minutes to hours.": "Сначала обучаются сети: от минут до часов.",
    "Load them: allocator refresh --tickers {tickers}": "Загрузите: allocator refresh --tickers {tickers}",
    "Another server makes the backtests of this folder.": "Бэктесты этой папки делает другой сервер.",
    "Begin the run over there.": "Начните прогон там.",
    "{count} runs are kept, and no more can be.": "Хранятся прогоны, числом {count}, и больше нельзя.",
    "Delete some of which you have seen enough.": "Удалите те, что уже не нужны.",
    "{count} runs are waiting already.": "Уже ждут прогоны, числом {count}.",
    "Let them be done.": "Дайте им закончиться.",
    "There is no such run of a backtest.": "Такого прогона бэктеста нет.",
    "The page of backtests has those that there are.": "Те, что есть, — на странице бэктестов.",
    "{path}: {reason}.": "{path}: {reason}.",
    "Look at the disk and at whose folder it is.": "Проверьте диск и чья это папка.",
    "drawing the report": "рисую отчёт",
    "What plain strategies would have made, after costs.": "Что заработали бы простые стратегии после издержек.",
    "What a deal costs: the broker, half the spread each way, and the price that one moves oneself.": (
        "Чего стоит сделка: брокер, полспреда в каждую сторону и цена, которую двигаешь сам."
    ),
    "What idle money earns a year.": "Сколько приносят за год свободные деньги.",
    "A ticker of the store, equal or cash. MCFTRR has dividends after tax.": (
        "Тикер из хранилища, equal или cash. В MCFTRR дивиденды после налога."
    ),
    "Decided at the close, dealt at the next open.": "Решение на закрытии, сделка на следующем открытии.",
    "Plain strategies": "Простые стратегии",
    "Add this to test forecasts. Networks are trained first, which takes minutes to hours.": (
        "Добавьте это, чтобы проверить прогнозы. Сначала обучаются сети: от минут до часов."
    ),
    "waiting": "ждёт",
    "running": "идёт",
    "failed": "не вышло",
    "stopped": "остановлен",
    "cut short": "оборван",
    "There is no such file of a backtest.": "Такого файла у бэктеста нет.",
}
