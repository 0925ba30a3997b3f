"""Features of bars: why a ticker, a folder or a panel cannot be used."""

from __future__ import annotations

PHRASES = {
    "Features are made with TA-Lib, which is not installed.": "Признаки считает TA-Lib, а он не установлен.",
    "These prices jump at every split: they are as traded.": (
        "Эти цены скачут на каждом дроблении: они такие, какими торговались."
    ),
    "Read the panel adjusted for splits, or for dividends too.": (
        "Читайте панель с поправкой на дробления или ещё и на дивиденды."
    ),
    "there are no tickers": "нет ни одного тикера",
    "No ticker has a usable row of features; {ticker}: {reason}.": (
        "Ни у одного тикера нет пригодной строки признаков; {ticker}: {reason}."
    ),
    "Give a longer history: {rows} rows go to the warm-up.": "Дайте историю длиннее: на разогрев уходит строк: {rows}.",
    "there is no bar": "нет ни одной свечи",
    "the close never changes from {price}": "цена закрытия всё время равна {price}",
    "the longest stretch without a gap has {rows} rows of {least}": (
        "в самом длинном отрезке без разрывов строк: {rows} из {least}"
    ),
    "in no row of its {rows} after the warm-up did the close move or every feature exist": (
        "ни в одной строке после разогрева (всего строк: {rows}) цена не двигалась или не было всех признаков"
    ),
    "There is no feature {names}.": "Нет признака {names}.",
    "These are: {names}; in the groups {groups}.": "Есть такие: {names}; в группах {groups}.",
    "Without {names} no feature is left.": "Без {names} признаков не остаётся.",
    "Leave one of: {names}.": "Оставьте один из: {names}.",
    "These features are scaled already.": "Эти признаки уже приведены к одному масштабу.",
    "Scale features as they were built.": "Приводите к масштабу признаки такими, какими они построены.",
    "Fit a scaler on features as they were built.": "Подбирайте масштаб по признакам такими, какими они построены.",
    "Save them without a scaler.": "Запишите их без масштаба.",
    "No row to train on is usable.": "Ни одна строка для обучения не пригодна.",
    "Train on a longer history or on more tickers.": "Учите на более длинной истории или на большем числе тикеров.",
    "The scaler was fitted on other features than these; they differ in: {names}.": (
        "Масштаб подобран по другим признакам; различаются: {names}."
    ),
    "Build the features that the model was trained on, or train it anew.": (
        "Постройте признаки, на которых модель училась, или обучите её заново."
    ),
    "This is not a scaler of features.": "Это не масштаб признаков.",
    "Train the model anew.": "Обучите модель заново.",
    "The panel has no {tickers}, whose closes were asked for.": (
        "В панели нет {tickers}, а цены закрытия запрошены и у них."
    ),
    "Name tickers of the panel.": "Назовите тикеры из панели.",
    "{count} closes as channels of every ticker are too many.": (
        "Столько цен закрытия в признаках каждого тикера ({count}) — слишком много."
    ),
    "Name at most {most} tickers whose closes to look at, the most traded ones say.": (
        "Назовите тикеры, на чьи цены смотреть, не больше чем {most}: например, самые торгуемые."
    ),
    "The features cannot be written to {folder}: {reason}.": "Признаки не записать в {folder}: {reason}.",
    "Free some space or name another folder.": "Освободите место или назовите другую папку.",
    "There are no features in {folder}.": "В {folder} нет признаков.",
    "Build them and save them there.": "Постройте их и запишите туда.",
    "{path} is damaged, or of another version of this program.": (
        "{path} повреждён или записан другой версией программы."
    ),
    "Delete the folder and build the features anew.": "Удалите папку и постройте признаки заново.",
    "The inputs supercandles57 need the exchange's Super Candles, and there are none.": (
        "Входам supercandles57 нужны Super Candles биржи, а их нет."
    ),
    "Use the inputs ta57: no command fetches them yet.": "Возьмите входы ta57: ни одна команда их пока не загружает.",
    "The Super Candles lack {fields}.": "В Super Candles нет {fields}.",
    "Give all of TradeStat, OrderStat and ObStat; fields of the order book begin with ob_.": (
        "Дайте все поля TradeStat, OrderStat и ObStat; поля стакана начинаются с ob_."
    ),
    "The Super Candles are not in order: {what}.": "Super Candles не в порядке: {what}.",
    "Give each field as a row for each time, times increasing, and a column for each ticker.": (
        "Дайте каждое поле так: строка на каждый момент по возрастанию, столбец на каждый тикер."
    ),
    "What was given as context does not fit the panel: {names}.": "Контекст не подходит к панели: {names}.",
    "Give a row for each time of the panel.": "Дайте строку на каждый момент панели.",
    "A dividend is no number, or below zero.": "Дивиденд не число или меньше нуля.",
    "Give dividends as shares of the previous close, 0 where there are none.": (
        "Дайте дивиденды долями предыдущей цены закрытия, 0 там, где их нет."
    ),
}
