"""`allocator experiment`."""

from __future__ import annotations

PHRASES = {
    "LSTM": "LSTM",
    "Transformer (encoder)": "Transformer (encoder)",
    "Transformer (encoder + decoder)": "Transformer (encoder + decoder)",
    "TSMixer": "TSMixer",
    "close alone": "только цена",
    "ta57": "ta57",
    "other closes": "другие бумаги",
    "no change (r̂ = 0)": "цена не изменится (r̂ = 0)",
    "the tables": "таблиц",
    "Put these two lines into it: {lines}": "Добавьте в неё эти две строки: {lines}",
    "Not trained yet: {count} {count:cell|cells}. The same command without --workers 0 trains them.": (
        "Ещё не обучено: {count} {count:ячейка|ячейки|ячеек}. Обучит та же команда без --workers 0."
    ),
    "Failed: {count} {count:cell|cells}.": "Не удалось обучить: {count} {count:ячейку|ячейки|ячеек}.",
    "{path} is not drawn: no cell is trained yet.": "{path} не нарисован: ни одна ячейка ещё не обучена.",
    "paper's": "в статье",
    "Iteration {number}: mean loss over λ; trained {since} to {till}, judged until {end}": (
        "Итерация {number}: средняя по λ функция потерь; обучение с {since} до {till}, проверка до {end}"
    ),
    "{tickers} tickers, {rows} hours from {since} to {till}. The loss is in the form on percents, the paper's units "
    "are not known: compare orders, not figures. ±: half of the 95 % interval of the difference from no change.": (
        "Бумаг: {tickers}, часов: {rows}, с {since} по {till}. Потери — в форме для процентов, единицы статьи "
        "неизвестны: сравнивайте порядок, а не числа. ±: половина 95 %-го интервала разности с прогнозом «цена не "
        "изменится»."
    ),
    "* some λ are missing yet.": "* обучены ещё не все λ.",
    "Network": "Сеть",
    "Least loss here: {best}; in the paper: {published}. At λ = 0, where the loss is MAPE, {better} of {count} "
    "{count:model has|models have} less than the forecast of no change, {surely} of them by more than two "
    "standard errors.": (
        "Меньше всего потери здесь: {best}; в статье: {published}. При λ = 0, где потери — это MAPE, лучше прогноза "
        "«цена не изменится» моделей {better} из {count}, из них больше чем на две стандартные ошибки: {surely}."
    ),
    "majority": "частая сторона",
    "opposite of the last move": "против последнего хода",
    "above": "выше",
    "Iteration {number}: Winrate on bars that moved, %, mean over λ": (
        "Итерация {number}: Winrate на свечах, где цена изменилась, %, среднее по λ"
    ),
    "Above: models whose whole 95 % interval is above the majority's rate, of all models of the cell.": (
        "Выше: модели, у которых весь 95 %-й интервал выше доли частой стороны, из всех моделей ячейки."
    ),
    "With fewer than two λ nothing can be said of a rise.": "Когда λ меньше двух, о росте ничего не скажешь.",
    "Winrate does not visibly change with λ: {slope} points for each 10 of λ, 95 % interval {low} to {high}.": (
        "Winrate заметно не меняется с λ: {slope} п. п. на каждые 10 единиц λ, 95 %-й интервал от {low} до {high}."
    ),
    "Winrate rises with λ: {slope} points for each 10 of λ, 95 % interval {low} to {high}.": (
        "Winrate растёт с λ: {slope} п. п. на каждые 10 единиц λ, 95 %-й интервал от {low} до {high}."
    ),
    "Winrate falls with λ: {slope} points for each 10 of λ, 95 % interval {low} to {high}.": (
        "Winrate падает с ростом λ: {slope} п. п. на каждые 10 единиц λ, 95 %-й интервал от {low} до {high}."
    ),
    "Iteration {number}: by λ, means over networks and inputs": "Итерация {number}: по λ, средние по сетям и входам",
    "Loss": "Потери",
    "Winrate, %": "Winrate, %",
    "moved, %": "где менялась, %",
    "95 %": "95 %",
    "against λ = 0": "против λ = 0",
    "MAPE, %": "MAPE, %",
    "no change": "без прогноза",
    "Correlation": "Корреляция",
    "at bound, %": "на границе, %",
    "Moved: bars whose price changed. Against λ = 0: points of Winrate on these, with 95 % interval. At bound: "
    "validation forecasts at the head's limit of 3σ.": (
        "Где менялась: свечи, на которых цена изменилась. Против λ = 0: п. п. Winrate на них, с 95 %-м интервалом. На "
        "границе: проверочные прогнозы у предела сети в 3σ."
    ),
    "Winrate, bars that moved": "Winrate, где цена изменилась",
    "MAPE": "MAPE",
    "MAPE of no change": "MAPE без прогноза",
    "Iteration {number}: judged on {year}": "Итерация {number}: проверка на {year}",
    "{asked} are no {name} of the experiment.": "{asked}: в эксперименте нет таких {name}.",
    "Write some of {known}, each once.": "Напишите что-то из {known}, каждое один раз.",
    "The λ must be numbers, each once.": "λ должны быть числами, каждое один раз.",
    "Write --lambdas 0,10,50, say.": "Напишите, например: --lambdas 0,10,50",
    "Iteration {number} chooses by {since} to {till}: {found} of {tickers} tickers have enough hours.": (
        "Итерация {number} выбирает по дням с {since} до {till}: часов хватает у бумаг: {found} из {tickers}."
    ),
    "Iteration {number} is judged on {since} to {till}, and there are no hours of these days.": (
        "Итерация {number} проверяется на днях с {since} до {till}, а часов этих дней нет."
    ),
    "Give files with hourly bars of these years, or another of --iterations.": (
        "Дайте файлы с часовыми свечами этих лет или другую итерацию в --iterations."
    ),
    "There are no hours after the training to judge it on.": "После обучения нет часов, на которых его проверить.",
    "features {inputs} of iteration {number}": "признаки {inputs} итерации {number}",
    "training": "обучение",
    "{cell}: failed": "{cell}: не удалось",
    "iteration {iteration}, {network}, {inputs}, λ = {lam}, seed {seed}": (
        "итерация {iteration}, {network}, {inputs}, λ = {lam}, зерно {seed}"
    ),
    "{path}: bars of days, and the experiment is one of hours.": "{path}: свечи дневные, а эксперимент — на часовых.",
    "Give files with the column begin.": "Дайте файлы со столбцом begin.",
    "{path}: rows that cannot be right and are left out: {rows}.": (
        "{path}: строк, которые не могут быть верны и не взяты: {rows}."
    ),
    "The experiment needs hourly bars.": "Эксперименту нужны часовые свечи.",
    "Type: allocator experiment paper --data HOURS.csv.gz": "Введите: allocator experiment paper --data HOURS.csv.gz",
    "{cell}: {reason}": "{cell}: {reason}",
    "{done} of {total}: {doing}": "{done} из {total}: {doing}",
}
