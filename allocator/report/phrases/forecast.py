"""`allocator train`, `allocator forecast`, their settings and tables of the store."""

from __future__ import annotations

PHRASES = {
    "The history is too short: {rows} bars, and {least} are the least for a horizon of {horizon}.": (
        "История слишком коротка: свечей {rows}, а для горизонта {horizon} нужно не меньше {least}."
    ),
    "Load a longer history: allocator refresh --from 2015-01-01": (
        "Загрузите историю длиннее: allocator refresh --from 2015-01-01"
    ),
    "No security has a history of {days} days.": "Ни у одной бумаги нет истории в {days} дн.",
    "See why: allocator universe --all": "Посмотрите почему: allocator universe --all",
    "{name}: there are no bars to forecast from.": "{name}: нет свечей, по которым прогнозировать.",
    "Load them: allocator refresh --interval {interval}": "Загрузите их: allocator refresh --interval {interval}",
    "The store changed while it was read.": "Хранилище изменилось, пока его читали.",
    "Run the same command again.": "Повторите ту же команду.",
    "it was trained without enough bars to recalibrate it": "при обучении не хватило свечей, чтобы её откалибровать",
    "Train it on a longer history.": "Обучите её на более длинной истории.",
    "model {key} is left out: {reason}": "модель {key} не участвует: {reason}",
    "what it is made by cannot be read; another version of this program may": (
        "её описание не читается; возможно, его прочтёт другая версия программы"
    ),
    "model {key} is old, trained on bars up to {day}": "модель {key} устарела: обучена на свечах по {day}",
    "Train some: {command}": "Обучите их: {command}",
    "training, epoch {epoch} of {epochs}": "обучение, эпоха {epoch} из {epochs}",
    "{ticker} is not forecast: {reason}": "{ticker} без прогноза: {reason}",
    "it has no bars of that length": "свечей такой длины у неё нет",
    "No model looks {horizon} {horizon:bar|bars} ahead; there are models for {others}.": (
        "Нет моделей с горизонтом {horizon} {horizon:свеча|свечи|свечей}; есть с горизонтами {others}."
    ),
    "judging the forecast": "оценка прогноза",
    "There are no models yet.": "Моделей ещё нет.",
    "Models are trained with {library}, which is not installed.": (
        "Для обучения моделей нужна библиотека {library}, а она не установлена."
    ),
    "All models are old: the newest was trained on bars up to {day}.": (
        "Все модели устарели: самая новая обучена на свечах по {day}."
    ),
    "Train them again: allocator train --again": "Обучите их снова: allocator train --again",
    "No model could be asked; {reason}.": "Не удалось спросить ни одну модель; {reason}.",
    "No security qualifies to be forecast.": "Ни одна бумага не подходит для прогноза.",
    "The forecast of {time} is of another version.": "Прогноз за {time} — другой версии программы.",
    "Type: allocator forecast": "Введите: allocator forecast",
    "Nobody has judged this forecast.": "Этот прогноз никто не оценивал.",
    "asking models": "опрос моделей",
    "features": "признаки",
    "day or hour": "day или hour",
    "a whole number of bars from 1": "целое число свечей от 1",
    "cpu, cuda, mps or auto": "cpu, cuda, mps или auto",
    "the path of a folder": "путь к папке",
    "Return a year": "Доход за год",
    "Lower": "От",
    "Upper": "До",
    "Agree": "Согласны",
    "Models: {models}, as good as {witnesses} independent {witnesses:one|ones}; they look {horizon} "
    "{horizon:bar|bars} ahead ({interval}).": (
        "Моделей: {models}, они стоят {witnesses} {witnesses:независимой|независимых|независимых}; "
        "смотрят на {horizon} {horizon:свечу|свечи|свечей} вперёд ({interval})."
    ),
    "Bounds hold with {confidence}% confidence for the expected return, not for the return itself.": (
        "Границы с доверием {confidence}% — для ожидаемого дохода, а не для самого дохода."
    ),
    "There are no bounds, as one model alone has none; for more of them: allocator train --count 5": (
        "Границ нет: у одной модели их не бывает; чтобы их стало больше: allocator train --count 5"
    ),
    "{ticker} teaches nothing: {reason}": "{ticker} ничему не учит: {reason}",
    "more that teach nothing: {count}": "ещё бумаг, которые ничему не учат: {count}",
    "The newest bar is of {time}.": "Самая новая свеча — за {time}.",
    "* is in the portfolio.": "* есть в портфеле.",
    "{ticker} has no forecast: {reason}.": "Для {ticker} прогноза нет: {reason}.",
    "More without a forecast: {count}; --json has the reasons.": "Ещё без прогноза: {count}; причины покажет --json.",
    "Model": "Модель",
    "Windows": "Окон",
    "Epochs": "Эпох",
    "Winrate": "Угадано",
    "Majority": "Частое",
    "Seconds": "Секунд",
    "Bars: {interval}. Trained now: {new}; finished before: {old}.": (
        "Свечи: {interval}. Обучено сейчас: {new}; готово и раньше: {old}."
    ),
    "* was finished on the same bars before: there was nothing to train.": (
        "* — уже была готова на тех же свечах: учить было нечего."
    ),
    "Epochs: the best of those that there were. Loss is to be compared among models of one network only. "
    "Winrate is of bars that no training saw; beside it is that of always naming the more frequent direction.": (
        "Эпохи: лучшая из всех, что были. Потери сравнимы только у моделей с одной сетью. "
        "Доля угаданных направлений — на свечах, которых обучение не видело; рядом — доля более частого направления."
    ),
    "There is no network {name} here.": "Сети {name} здесь нет.",
    "{model} is trained": "{model}: обучение закончено",
    "{model} was not trained: {reason}": "{model}: обучить не удалось: {reason}",
    "Make it yours to write, or name another folder: `models` in section [forecast] of the settings.": (
        "Дайте права на запись или назовите другую папку: `models` в секции [forecast] настроек."
    ),
    "Finished models are kept; the same command goes on with the others.": (
        "Готовые модели сохранены; остальные продолжит та же команда."
    ),
    "features that never change on the bars trained on, {count}: {names}": (
        "признаки, которые на обучающих свечах не меняются, числом {count}: {names}"
    ),
    "The process of {model} cannot be started: {reason}.": "Процесс модели {model} не запускается: {reason}.",
    "See what is wrong with it, with the Python that runs allocator: python -m {module}": (
        "Посмотрите, что с ним не так, тем Python, который запускает allocator: python -m {module}"
    ),
    "Next: {command}": "Дальше: {command}",
    "Kept": "Остаётся",
    "Kept: what is acted on": "Остаётся: чему следуют",
    "Kept is what is acted on: {kept}% of the return that the models name. The rest is what the market expects.": (
        "Следуют только тому, что остаётся: {kept}% дохода, названного моделями. Остальное — ожидания рынка."
    ),
    "Where the bounds have no width all models say the same, as those that found nothing do: no certainty.": (
        "Где границы совпадают, все модели говорят одно, как говорят и те, что ничего не нашли: это не уверенность."
    ),
    "With the Python that runs allocator: python -m pip install {libraries}": (
        "Тем Python, который запускает allocator: python -m pip install {libraries}"
    ),
    "Return a year, %": "Доход за год, %",
    "Bounds of the expected return": "Границы ожидаемого дохода",
    "Expected return": "Ожидаемый доход",
    "model {key}": "модель {key}",
    "judgement of {key}": "оценка {key}",
    "forecast of {time}": "прогноз за {time}",
    "{name}: what is stored of the {what} is damaged.": "{name}: запись повреждена: {what}.",
    "Make it again: allocator train, then allocator forecast.": (
        "Сделайте её заново: allocator train, затем allocator forecast."
    ),
}
