"""The Russian of evolution."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "The first elder's Sharpe ratio above equal weights is {sharpe} a year on the days that judged it. The recipes "
    "judged are as good as {trials} independent; the best of so many worthless ones would show {luck}. The "
    "probability that it is more than luck: {probability}%.": (
        "Коэффициент Шарпа первого старейшины сверх равных долей на днях, по которым он оценён, {sharpe} в год. "
        "Оценённые рецепты стоят стольких независимых: {trials}; у лучшего из стольких никчёмных он был бы {luck}. "
        "Вероятность, что это не везение: {probability}%."
    ),
    "The history is too short for models to breed: {days} days of which {held} are held out and {test} judge.": (
        "История слишком коротка для отбора моделей: дней {days}, из них отложено {held}, для оценки {test}."
    ),
    "{path} has no record of a model that can be read.": "В {path} нет записи о модели, которую можно прочесть.",
    "Delete it: the model is judged anew.": "Удалите его: модель будет оценена заново.",
    "Not one forecast of the test has a known return.": "Ни для одного прогноза проверки доходность не известна.",
    "What the evolution remembers is damaged, or of another version of this program.": (
        "Память об отборе повреждена или записана другой версией программы."
    ),
    "Begin again with the models that live: allocator evolve --anew": (
        "Начните заново с живущими моделями: allocator evolve --anew"
    ),
    "recipes go without the inputs {inputs}: {reason}": "рецепты обходятся без входов {inputs}: {reason}",
    "No elder is left that has not been trained on the days held out.": (
        "Не осталось старейшины, не обученного на отложенных днях."
    ),
    "Type: allocator evolve": "Введите: allocator evolve",
    "reading the store": "чтение хранилища",
    "There are no features to breed models on; {reason}.": "Нет признаков для отбора моделей; {reason}.",
    "its quality": "качество",
    "its return": "доходность",
    "it failed": "сбой",
    "{key} ({network}, {inputs})": "{key} ({network}, {inputs})",
    "{who} could not be trained: {why}": "{who}: обучить не удалось: {why}",
    "{who} is accepted": "{who}: принята",
    "{who} is not accepted for {why}": "{who}: не принята, причина — {why}",
    "{who} is not accepted for {why}, and stays while few live": (
        "{who}: не принята, причина — {why}, но остаётся, пока живых мало"
    ),
    "{who} holds its own": "{who}: держится",
    "{who} falls back by {why}": "{who}: отстаёт, причина — {why}",
    "step {number}: {said}; {living} live": "шаг {number}: {said}; живых моделей: {living}",
    "step {number}: {said}; {living} live; training took {seconds} s": (
        "шаг {number}: {said}; живых моделей: {living}; обучение {seconds} с"
    ),
    "Time was up before a training ended. The same command goes on from the last whole epoch; where one epoch "
    "takes longer, give it more time.": (
        "Время вышло раньше, чем закончилось обучение. Та же команда продолжит с последней законченной эпохи; если "
        "эпоха дольше, дайте больше времени."
    ),
    "Stopped: what was judged is kept, what was in training goes on next time from its last epoch.": (
        "Остановлено: оценённое сохранено, а начатое обучение продолжится в следующий раз с последней эпохи."
    ),
    "Population, {horizon} {horizon:bar|bars} ahead ({interval}): {living} of {target} that a night can train; "
    "steps: {steps} now, {done} in all.": (
        "Популяция на {horizon} {horizon:свечу|свечи|свечей} вперёд ({interval}): {living} из {target}, что можно "
        "обучить за ночь; шагов: сейчас {steps}, всего {done}."
    ),
    "New recipes accepted: {accepted}, not accepted: {rejected}, failed: {failed}; judged again: {again}; deleted: "
    "{deleted}.": (
        "Новых рецептов принято: {accepted}, не принято: {rejected}, сбоев: {failed}; оценено повторно: {again}; "
        "удалено: {deleted}."
    ),
    "Judged by {days} days; search radius {radius}; recipes ever judged, of any horizon: {tried}.": (
        "Дней для оценки: {days}; радиус поиска {radius}; всего оценено рецептов, любого горизонта: {tried}."
    ),
    "No choice has seen {first} to {last}.": "Дни с {first} по {last} отбор не видел.",
    "The elders on those days ({bars} bars): loss against no change {loss} (p {loss_p}), return above equal "
    "weights {excess}% a year (p {excess_p}). Looks so far: {looks}; each makes the next one mean less.": (
        "Старейшины в эти дни (свечей: {bars}): потери против прогноза «без изменений» {loss} (p {loss_p}), доходность "
        "сверх равных долей {excess}% в год (p {excess_p}). Просмотров: {looks}; каждый обесценивает следующий."
    ),
    "Elder": "Старейшина",
    "Inputs": "Входы",
    "Window": "Окно",
    "Judged": "Оценок",
    "Loss against none": "Потери против нуля",
    "Above equal weights": "Сверх равных долей",
    "Another process breeds models in this store.": "Отбор моделей в этом хранилище уже ведёт другой процесс.",
    "Wait for it, or stop it: what it judged is kept.": "Дождитесь его или остановите: оценённое им сохранится.",
    "training {running} {running:model|models}, epoch {epoch} of {epochs}": (
        "обучение: моделей {running}, эпоха {epoch} из {epochs}"
    ),
}
