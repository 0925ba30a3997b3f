"""What is said of bars, splits and moves, and of securities that do not qualify."""

from __future__ import annotations

PHRASES = {
    # --- bars kept out
    "a bar without a time": "свеча без времени",
    "a bar with deals lacks a price": "в свече со сделками нет цены",
    "a price is zero, negative or infinite": "цена равна нулю, отрицательна или бесконечна",
    "high is below low, or open or close is outside of them": (
        "максимум ниже минимума, либо цена открытия или закрытия вне их"
    ),
    "volume or turnover is negative or infinite, or there is turnover without volume": (
        "объём или оборот отрицателен или бесконечен, либо есть оборот без объёма"
    ),
    "the bar is of a day to come": "свеча из будущего",
    "different bars of one time: {count}": "разных свечей на одно время: {count}",
    # --- splits
    "{ticker}: stored prices are {ratio} of those given, after a split that is yet to be declared; put back to them": (
        "{ticker}: сохранённые цены относятся к полученным как {ratio}: было дробление, которое ещё не объявлено; "
        "цены приведены к сохранённым"
    ),
    "{ticker}: turnover / volume is always {ratio} of the price; taken for another unit of volume, "
    "prices left as given": (
        "{ticker}: оборот / объём всегда относится к цене как {ratio}; похоже, это другая единица объёма, "
        "цены оставлены как есть"
    ),
    "{ticker}: up to {day} turnover / volume is {ratio} of the price, which no split explains; prices left as given": (
        "{ticker}: по {day} оборот / объём относится к цене как {ratio}, чего не объясняет ни одно дробление; "
        "цены оставлены как есть"
    ),
    "{ticker}: nothing tells whether the split of {day} is worked into the prices before it; they are taken as given": (
        "{ticker}: ничто не говорит, учтено ли дробление {day} в ценах до него; они взяты как есть"
    ),
    "the exchange changed prices of {count} of {all} bars; first at {begin}: close was {before}, is {now}": (
        "биржа изменила цены свечей: {count} из {all}; первая — {begin}: цена закрытия была {before}, стала {now}"
    ),
    # --- moves
    "{price} is {times} times the close of {before}, {last}": (
        "{price} — это закрытие {before} ({last}), умноженное на {times}"
    ),
    "{price} is {times} times below the close of {before}, {last}": (
        "{price} — это закрытие {before} ({last}), делённое на {times}"
    ),
    "{move}; volumes changed with it: it looks like a split that is not declared. "
    "Declare it: allocator data split {ticker} {day} {split}; or believe the price: "
    "allocator data accept {ticker} {day}": (
        "{move}; вместе с ценой изменились объёмы: похоже на необъявленное дробление. "
        "Объявите его: allocator data split {ticker} {day} {split}; или поверьте цене: "
        "allocator data accept {ticker} {day}"
    ),
    "{move}; {why}. If it is right: allocator data accept {ticker} {day}": (
        "{move}; {why}. Если всё верно: allocator data accept {ticker} {day}"
    ),
    "deals for {turnover} RUB in all say little": "сделки всего на {turnover} RUB мало о чём говорят",
    "the next bar is back": "следующая свеча вернулась",
    "{count} {count:session|sessions} passed without deals": "прошло торговых дней без сделок: {count}",
    "no declared split or dividend explains it": "этого не объясняет ни дробление, ни дивиденд",
    "no declared split or dividend explains it; deals for {turnover} RUB, usually {usual} RUB": (
        "этого не объясняет ни дробление, ни дивиденд; сделок на {turnover} RUB, обычно на {usual} RUB"
    ),
    "from {low} to {high} in one bar, that opened at {open} and closed at {close}. "
    "If it is right: allocator data accept {ticker} {day}": (
        "от {low} до {high} в одной свече с открытием {open} и закрытием {close}. "
        "Если всё верно: allocator data accept {ticker} {day}"
    ),
    # --- universe
    "you excluded it": "вы его исключили",
    "an index cannot be bought": "индекс нельзя купить",
    "it no longer trades; its last bar is of {day}": "больше не торгуется; последняя свеча за {day}",
    "its last bar is of {day}: delisted, halted, or not loaded since": (
        "последняя свеча за {day}: ушла с биржи, торги остановлены, или новее не загружено"
    ),
    "its history is in doubt: {reason}": "история под сомнением: {reason}",
    "there is no history of it; load it: allocator refresh --tickers {ticker}": (
        "истории нет; загрузите её: allocator refresh --tickers {ticker}"
    ),
    "its history is short: {count} daily {count:bar|bars} of {needed}": (
        "короткая история: {count} {count:дневная свеча|дневные свечи|дневных свечей} из {needed}"
    ),
    "it trades too little: {turnover} RUB on the median day of {days}, and {needed} must fit": (
        "мало торгуется: {turnover} RUB в медианный день из {days}, а должно поместиться {needed}"
    ),
}
