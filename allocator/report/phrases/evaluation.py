"""Whether forecasts are worth anything, and the ensemble's forecast."""

from __future__ import annotations

PHRASES = {
    # --- the verdict
    "The forecast cannot be judged: {bars} bars have known returns, {least} are needed. Scores are shrunk to the "
    "market.": (
        "О прогнозе судить нельзя: свечей с известной доходностью {bars}, нужно {least}. Оценки сведены к рыночным."
    ),
    "The forecast does not beat the naive forecast ({name}: p {p}, {bars} bars): scores are shrunk toward the market, "
    "{kept}% of them is kept.": (
        "Прогноз не лучше наивного ({name}: p {p}, свечей {bars}): оценки сдвинуты к рыночным, осталось {kept}%."
    ),
    "The forecast beats the naive forecast: its squared error is {gain}% below that of {name} (p {p}, {bars} bars), "
    "and no other naive forecast is as good (p < {level}).": (
        "Прогноз лучше наивного: квадрат ошибки на {gain}% меньше, чем у прогноза «{name}» (p {p}, свечей {bars}), и "
        "остальные наивные прогнозы тоже хуже (p < {level})."
    ),
    "It names the direction rightly in {rate}% of cases ({low}% to {high}%); always naming the more frequent one would "
    "do so in {majority}%.": (
        "Направление угадано в {rate}% случаев (от {low}% до {high}%); если всегда называть более частое, вышло бы "
        "{majority}%."
    ),
    "zero return": "нулевая доходность",
    "the last return": "последняя доходность",
    "the mean return": "средняя доходность",
    "the recent mean return": "средняя доходность за последнее время",
    "a line through the last return": "линия по последней доходности",
    "the more frequent direction": "более частое направление",
    # --- what cannot be compared
    "{name}: not one of its forecasts has a known return.": "{name}: ни у одного прогноза нет известной доходности.",
    "There is no bar that all of the forecasts know: {names}.": "Нет свечи, на которую есть все прогнозы: {names}.",
    "{times} bars are too few to compare forecasts over {horizon} bars.": (
        "Свечей {times}: этого мало, чтобы сравнить прогнозы на столько свечей вперёд: {horizon}."
    ),
    "Test on {least} bars or more.": "Проверяйте на большем числе свечей: не меньше {least}.",
    "A loss is not known or infinite: compare models on bars that all of them know.": (
        "Какая-то ошибка неизвестна или бесконечна: сравнивайте модели на свечах, которые знают все."
    ),
    "The statistics of forecasts need {library}, which is not installed.": (
        "Для статистики прогнозов нужна библиотека {library}, а она не установлена."
    ),
    "{times} returns are too few for a Sharpe ratio; {least} are needed.": (
        "Доходностей {times}: для коэффициента Шарпа этого мало, нужно {least}."
    ),
    "The returns never change: there is no Sharpe ratio.": "Доходности не меняются: коэффициента Шарпа нет.",
    "{trials} trials over {times} bars cannot be cut into {blocks} parts to see whether choosing among them "
    "overfits.": (
        "Испытаний {trials}, свечей {times}: их не разрезать на части ({blocks}), чтобы узнать, не подгонка ли выбор."
    ),
    "Give two trials or more, known on every bar, and an even number of parts of two bars or more.": (
        "Нужны хотя бы два испытания, известные на каждой свече, и чётное число частей не короче двух свечей."
    ),
    "{rows} bars are too few to walk forward: {needed} are needed for training, validation, one test, the holdout and "
    "the gaps between them.": (
        "Свечей {rows}: для движения вперёд мало, нужно {needed} — на обучение, остановку, одну проверку, отложенный "
        "отрезок и промежутки между ними."
    ),
    "Give a longer history, or shorten one of them.": "Дайте историю длиннее или сократите что-нибудь из этого.",
    # --- risk
    "{rows} rows of returns are too few for a covariance; {least} are needed.": (
        "Строк доходностей {rows}: для ковариации мало, нужно {least}."
    ),
    "Load a longer history: allocator refresh": "Загрузите историю длиннее: allocator refresh",
    "No security has a covariance; {ticker}: {reason}.": "Ковариации нет ни для одной бумаги; {ticker}: {reason}.",
    "{known} daily returns are known of the last {rows}, {least} are needed": (
        "известных дневных доходностей среди последних {rows} — {known}, нужно {least}"
    ),
    "its returns never change": "доходности не меняются",
    "The covariance is not a number: a return is too large.": (
        "Ковариация вышла не числом: какая-то доходность слишком велика."
    ),
    # --- the ensemble
    "there is no risk for it": "для неё не оценён риск",
    "no model forecasts it": "её не прогнозирует ни одна модель",
    "There is no security to forecast.": "Прогнозировать нечего: нет ни одной бумаги.",
    "No security has a forecast; {ticker}: {reason}.": "Прогноза нет ни для одной бумаги; {ticker}: {reason}.",
    "Train models: allocator train": "Обучите модели: allocator train",
}
