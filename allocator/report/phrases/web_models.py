"""The page Models."""

from __future__ import annotations

PHRASES = {
    "There are no models yet": "Моделей ещё нет",
    "The loop trains them by itself once the store has bars; the data page shows how far it is.": (
        "Цикл обучит их сам, когда в хранилище будут свечи; на странице данных видно, как далеко дело зашло."
    ),
    "Nobody trains now. Type in a terminal one of these:": "Сейчас никто не обучает. Введите в терминале одно из двух:",
    "Living": "Живут",
    "recipes ever judged, of any horizon: {count}": "всего оценено рецептов, с любым горизонтом: {count}",
    "Steps": "Шаги",
    "accepted {accepted}, not accepted {rejected}, failed {failed}": (
        "принято {accepted}, не принято {rejected}, сбоев {failed}"
    ),
    "Test days": "Дней проверки",
    "search radius {radius}": "радиус поиска {radius}",
    "More than luck": "Больше чем удача",
    "Sharpe {sharpe} a year; as good as {trials} independent {trials:recipe|recipes}, the best of which, all "
    "worthless, would show {luck}": (
        "Шарп {sharpe} за год; всё равно что {trials} {trials:независимый рецепт|независимых рецепта|независимых "
        "рецептов}; будь все никчёмными, лучший показал бы {luck}"
    ),
    "These were trained one by one. To let them breed: {command}": (
        "Эти обучены поодиночке. Чтобы они давали потомство: {command}"
    ),
    "Population": "Популяция",
    "Loss: squared error against no change, below zero is better than none. Above equal weights: return of a year of "
    "the model's own portfolio. Both on the days that judged it. Elders are those whom others must match.": (
        "Потери: квадрат ошибки против «без изменений», ниже нуля — лучше него. Сверх равных долей: доходность "
        "портфеля самой модели за год. То и другое — на днях, по которым её судили. "
        "Со старейшинами сравнивают остальных."
    ),
    "Horizon": "Горизонт",
    "{horizon:day|days} ahead": "{horizon:день|дня|дней} вперёд",
    "{horizon:hour|hours} ahead": "{horizon:час|часа|часов} вперёд",
    "No model looks so far ahead. Train some: {command}": "Так далеко не смотрит ни одна модель. Обучите их: {command}",
    "Models of other horizons": "Модели с другими горизонтами",
    "Forecasts of this horizon do not use them. To forecast with those of another horizon: {command}": (
        "Прогнозы с этим горизонтом их не используют. Прогноз по моделям с другим горизонтом: {command}"
    ),
    "Born": "Родилась",
    "Trained to": "Обучена до",
    "elder {rank}": "старейшина {rank}",
    "Family tree": "Родословная",
    "Each under its first parent; crossed out is who lives no more and joins lines that do.": (
        "Каждая под первым родителем; зачёркнуты те, кто уже не живёт и связывает живые ветви."
    ),
    "left out above: {count}": "пропущено выше: {count}",
    "Model {key}": "Модель {key}",
    "lives": "живёт",
    "lives no more": "уже не живёт",
    "All models": "Все модели",
    "bars ahead of {window}": "свечей вперёд по {window}",
    "trained on bars up to {day}": "обучена на свечах до {day}",
    "last training took {seconds} s": "последнее обучение: {seconds} с",
    "Parents": "Родители",
    "None: it began a line.": "Нет: с неё началась ветвь.",
    "Children": "Дети",
    "None yet.": "Пока нет.",
    "Scores of the last training and judgement": "Показатели последнего обучения и оценки",
    "Every judgement": "Все оценки",
    "After costs": "После издержек",
    "Outcome": "Итог",
    "could not be trained": "не обучилась",
    "trained by hand": "обучена вручную",
    "accepted": "принята",
    "not accepted": "не принята",
    "All that makes it": "Всё, из чего она состоит",
    "Genes: {count}": "Генов: {count}",
    "There is no model {key}.": "Модели {key} нет.",
    "Choose one of the population.": "Выберите из популяции.",
}
