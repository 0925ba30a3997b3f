"""`auto` targets: the section [forecast] of a portfolio file, and how the shares came about."""

from __future__ import annotations

PHRASES = {
    # --- the portfolio file
    "5": "5",
    "21": "21",
    "7": "7",
    "0%": "0%",
    "on": "on",
    "a number above 0, such as 5": "число больше 0, например 5",
    "a whole number of trading days from 1": "целое число торговых дней от 1",
    "a percentage of the models, such as 60%": "процент моделей, например 60%",
    "a percentage above 0%, such as 25%": "процент больше 0%, например 25%",
    "on, off, or the percentage of the forecast to keep, such as 30%": (
        "on, off или процент прогноза, который оставить, например 30%"
    ),
    "EQUAL, MARKET or KEEP": "EQUAL, MARKET или KEEP",
    "a whole number of days from 1": "целое число дней от 1",
    "{value} is not between 1 and {most} days": "{value} — не от 1 до {most} дней",
    "{value} is not above 0 and at most {most}": "{value} — не больше 0 или больше {most}",
    "a cap of {value} leaves nothing to give out": "с потолком {value} раздавать нечего",
    "{value} is neither on nor off nor a percentage": "{value} — не on, не off и не процент",
    "the percentages add up to 100% and leave nothing for auto": (
        "проценты в сумме дают 100% и ничего не оставляют для auto"
    ),
    "{count} auto {count:asset|assets} of at most {cap:f}% each cannot take the {left:f}% that are left": (
        "активы auto (их {count}), каждый не больше {cap:f}%, не вместят оставшиеся {left:f}%"
    ),
    "Write a cap of {least}% or more.": "Напишите cap не меньше {least}%.",
    # --- what the shares go by
    "reading the forecast": "чтение прогноза",
    "auto shares go by the forecast of {day}, {horizon} {horizon:bar|bars} ahead; models: {models}": (
        "доли auto — по прогнозу за {day} на {horizon} {horizon:свечу|свечи|свечей} вперёд; моделей: {models}"
    ),
    "{kept}% of the forecast is kept, as [forecast] shrink says; by its verdict it would be {due}%": (
        "от прогноза оставлено {kept}%, как сказано в shrink секции [forecast]; по оценке его качества было бы {due}%"
    ),
    "auto shares are the market's, by turnover, as far as it pays to deal for that": (
        "доли auto — рыночные, по обороту, насколько ради этого стоит торговать"
    ),
    "{ticker} keeps the share that it has, for the forecast lacks it: {reason}": (
        "{ticker} сохраняет свою долю: в прогнозе её нет, {reason}"
    ),
    "its forecast is no number": "её прогноз — не число",
    "it was not among those that qualify": "бумаги не было среди подходящих",
    "the store knows no turnover of {tickers}: equal shares stand for the market's": (
        "в хранилище нет оборота {tickers}: вместо рыночных долей взяты равные"
    ),
    "[trade] leaves no way to share what is left for auto assets; they are shared without it": (
        "при разрешениях [trade] долю активов auto не распределить; она распределена без их учёта"
    ),
    # --- without a forecast
    "{name}: there is no forecast yet": "{name}: прогноза ещё нет",
    "{name}: there is no forecast from hourly bars yet": "{name}: прогноза по часовым свечам ещё нет",
    "Type: allocator forecast --interval hour": "Введите: allocator forecast --interval hour",
    "the forecast is of {day}, which is yet to come": "прогноз за {day}, а этот день ещё не настал",
    "Put the clock of this machine right, or the bars of the store, then: allocator forecast.": (
        "Поправьте часы этой машины или свечи хранилища, затем: allocator forecast."
    ),
    "the forecast is of {day}, {age} {age:day|days} old; [forecast] maximum age is {most}": (
        "прогноз за {day}, ему {age} {age:день|дня|дней}; maximum age в [forecast] — {most}"
    ),
    "Type: allocator refresh, then: allocator forecast.": "Введите: allocator refresh, затем: allocator forecast.",
    "the forecast of {day} has none of them": "в прогнозе за {day} нет ни одного из них",
    "See which it has: allocator forecast; and why: allocator universe --all.": (
        "Какие в нём есть: allocator forecast; и почему: allocator universe --all."
    ),
    "{path}: auto of {tickers} needs a forecast: {reason}": "{path}: для auto ({tickers}) нужен прогноз: {reason}",
    "{one} {other}": "{one} {other}",
    "{one}. {other}": "{one}. {other}",
    "Write fallback = EQUAL under [forecast] to do without.": (
        "Чтобы обойтись без него, напишите fallback = EQUAL в [forecast]."
    ),
    "auto shares are equal, for want of a forecast: {reason}": "доли auto равные, потому что прогноза нет: {reason}",
    "auto shares are by turnover, for want of a forecast: {reason}": (
        "доли auto — по обороту, потому что прогноза нет: {reason}"
    ),
    "auto shares are in the proportions of now, for want of a forecast: {reason}": (
        "доли auto — в нынешних пропорциях, потому что прогноза нет: {reason}"
    ),
    "the store knows no turnover of {tickers}": "в хранилище нет оборота {tickers}",
    "{path}: fallback = KEEP has nothing to keep: no auto asset is held": (
        "{path}: при fallback = KEEP сохранять нечего: активов auto в портфеле нет"
    ),
    "{path}: fallback = MARKET needs the turnover of auto assets from the store: {reason}": (
        "{path}: для fallback = MARKET нужен оборот активов auto из хранилища: {reason}"
    ),
    "{path}: {count} auto {count:asset|assets} with a forecast, of at most {cap:f}% each, cannot "
    "take the {left}% that are left": (
        "{path}: активы auto с прогнозом (их {count}), каждый не больше {cap:f}%, не вместят оставшиеся {left}%"
    ),
    # --- check, --explain
    "{path} is in order: assets wanted in percent: {percents}, by forecast: {autos}, in units: {units}, not wanted: "
    "{rest}; quotes: {source}.": (
        "{path} в порядке: активов с целью в процентах: {percents}, по прогнозу: {autos}, в единицах: {units}, без "
        "цели: {rest}; котировки: {source}."
    ),
    "The shares of auto assets, without a forecast:": "Доли активов auto, без прогноза:",
    "The shares of auto assets, by the forecast of {day}: {kept}% of it kept, risk aversion {aversion}, horizon in "
    "trading days {horizon}.": (
        "Доли активов auto, по прогнозу за {day}: оставлено от него {kept}%, неприятие риска {aversion}, горизонт в "
        "торговых днях {horizon}."
    ),
    "Held": "Есть",
    "Target": "Цель",
    "Forecast a year": "Прогноз за год",
    "Counted a year": "Учтено за год",
    "Of the risk": "Доля риска",
    # --- a forecast that a store has kept badly
    "newest forecast": "последний прогноз",
    "The forecast of {time} in the store is damaged: {what}.": "Прогноз за {time} в хранилище повреждён: {what}.",
    "its horizon or what is kept of it is out of all bounds": "горизонт или доля, которую оставить, невозможны",
    "it has infinite numbers, or negative ones where none can be": (
        "в нём бесконечные числа или отрицательные там, где их не бывает"
    ),
    "its covariance has gaps, or is not the same both ways": "в ковариации пропуски, или она не симметрична",
    "its covariance is not positive semidefinite": "ковариация не положительно полуопределена",
}
