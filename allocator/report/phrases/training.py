"""Models: why a description, a training, a file or a forecast of one cannot be used."""

from __future__ import annotations

PHRASES = {
    "{section}: {name} = {value!r} cannot be.": "{section}: {name} = {value!r} недопустимо.",
    "Write a number from {low} to {high}.": "Задайте число от {low} до {high}.",
    "Write true or false.": "Задайте true или false.",
    "Write a whole number from {low} to {high}.": "Задайте целое число от {low} до {high}.",
    "Write one of {names}.": "Задайте одно из: {names}.",
    "{section}: there is no {name}.": "{section}: {name} не существует.",
    "{section}: width = {width} is not even or not a multiple of heads.": (
        "{section}: width = {width} нечётно или не делится на heads."
    ),
    "Write width = {good}.": "Задайте width = {good}.",
    "model: a {size} is no size of {name}.": "model: {size} — не размеры сети {name}.",
    "Write the size of {name}, or none.": "Задайте размеры сети {name} или никаких.",
    "model: {name} cannot be trained by the loss {loss}.": "model: сеть {name} не обучить функцией потерь {loss}.",
    "Write loss = {good}: only wavenet forecasts a distribution.": (
        "Задайте loss = {good}: распределение прогнозирует только wavenet."
    ),
    "model: lam = {lam} means nothing to the loss nll.": "model: lam = {lam} ничего не значит для функции потерь nll.",
    "Write lam = 0.": "Задайте lam = 0.",
    "model: known = {known} rows are more than the window has.": "model: known = {known} — больше, чем строк в окне.",
    "Write known from 0 to {window}.": "Задайте known от 0 до {window}.",
    "A model's description has another format than this program's ({format}).": (
        "Описание модели не того формата, что у этой программы ({format})."
    ),
    "Train the model again.": "Обучите модель снова.",
    "model: the architecture is missing.": "model: не задана architecture.",
    "model: {name} = {value!r} cannot be.": "model: {name} = {value!r} недопустимо.",
    "A model's description is not JSON: {reason}.": "Описание модели — не JSON: {reason}.",
    "No forecast has a known return to compare it with.": "Ни один прогноз не с чем сравнить: доходности неизвестны.",
    "{hours} bars with known returns are too few to recalibrate forecasts.": (
        "Чтобы поправить прогнозы, мало свечей с известной доходностью: {hours}."
    ),
    "Make the validation window {least} bars or longer.": "Сделайте проверочное окно не короче (свечей: {least}).",
    "There is no device {name} here.": "Устройства {name} здесь нет.",
    "The model needs features that the data lack: {names}.": "Модели нужны признаки, которых нет в данных: {names}.",
    "Train it again, or build the features with the inputs that it was trained on.": (
        "Обучите её снова или постройте признаки с теми входами, на которых она училась."
    ),
    "{path} is not a model that can be used: {reason}.": "{path} — не модель, которой можно пользоваться: {reason}.",
    "Delete it and train the model again.": "Удалите файл и обучите модель снова.",
    "its numbers do not fit": "её числа не подходят к описанию",
    "its numbers are not those that were written": "её числа не те, что были записаны",
    "it has numbers that are not finite": "в ней есть бесконечные или неопределённые числа",
    "it is no safetensors file, or a part of one": "это не файл safetensors или только часть его",
    "it is of another program or version": "она от другой программы или версии",
    "its numbers cannot be read": "её числа не прочитать",
    "its description is incomplete": "её описание неполно",
    "it cannot be read": "файл не прочитать",
    "The process of {model} ended without an answer (exit code {code}).": (
        "Процесс модели {model} завершился без ответа (код выхода {code})."
    ),
    "What it said last is above; please report it.": "Его последние слова выше; пожалуйста, сообщите о них.",
    "{model} was stopped before its end.": "Обучение {model} остановлено до завершения.",
    "The same command goes on from the last whole epoch.": "Та же команда продолжит с последней целой эпохи.",
    "The process of {model} was ended by {signal}.": "Процесс модели {model} прерван сигналом {signal}.",
    "If memory ran out, give fewer workers. The same command goes on from the last whole epoch.": (
        "Если кончилась память, задайте меньше процессов. Та же команда продолжит с последней целой эпохи."
    ),
    "There is not enough memory for {model}.": "Модели {model} не хватило памяти.",
    "There is not enough memory on the device for {model}.": "Модели {model} не хватило памяти устройства.",
    "{ticker} at {time}: {name} is not a number.": "{ticker}, {time}: {name} — не число.",
    "Build the features again; if it stays, train without {name}.": (
        "Постройте признаки снова; если не поможет, учите без {name}."
    ),
    (
        "Rows {train} to train on, {validation} to stop on and {test} to test on cannot be: {rows} rows, "
        "horizon {horizon}."
    ): (
        "Нельзя учить на строках {train}, останавливать по {validation} и проверять на {test}: всего строк {rows}, "
        "горизонт {horizon}."
    ),
    "Let each range end at least the horizon before the next one begins.": (
        "Пусть каждый диапазон кончается раньше начала следующего хотя бы на горизонт."
    ),
    "{model} diverged in epoch {epoch}: its loss or its weights are no numbers any more.": (
        "{model}: обучение разошлось в эпохе {epoch}, потери или веса уже не числа."
    ),
    "Look for prices that cannot be among those it learns from (allocator data status), or train another: --seed.": (
        "Поищите невозможные цены среди тех, на которых она учится (allocator data status), или обучите другую: --seed."
    ),
    "Note: more like the last: {count}; --json has them all": (
        "Примечание: ещё таких, как последнее: {count}; все покажет --json"
    ),
    "the horizon is {horizon} {horizon:bar|bars}; models of other horizons are left alone: {others} (--horizon N)": (
        "горизонт {horizon} {horizon:свеча|свечи|свечей}; модели с другим горизонтом не тронуты: {others} (--horizon N)"
    ),
    "it was trained on bars up to {day}, and the store ends on {last}": (
        "она обучена на свечах до {day}, а в хранилище свечи до {last}"
    ),
    "{path} is another model than its name says.": "{path}: это не та модель, которой файл назван.",
    "Delete it and train it again.": "Удалите файл и обучите модель снова.",
    "its description is not what was written": "описание не то, что было записано",
    "{path} has no forecasts that can be read.": "В {path} нет прогнозов, которые можно прочитать.",
    "Free some space, then run the same again: finished models are kept.": (
        "Освободите место и повторите то же: готовые модели сохранены."
    ),
    "Take a longer history, more securities, or a shorter window.": (
        "Возьмите историю длиннее, больше бумаг или окно короче."
    ),
    "The history is too short: {found} windows of {window} bars to train on, {least} are the least.": (
        "История слишком коротка: окон по {window} баров для обучения — {found}, нужно хотя бы {least}."
    ),
    "The history is too short: no whole window ends in the validation range.": (
        "История слишком коротка: в проверочном диапазоне не кончается ни одно целое окно."
    ),
}
