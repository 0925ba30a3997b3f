"""The optimiser of one period: what it refuses, and which limits cannot hold."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # --- limits
    "No deals keep {limit}: {short:.4%} of wealth are missing.": (
        "Никакие сделки не соблюдают {limit}: не хватает {short:.4%} капитала."
    ),
    "No deals keep {limit} together with {others}: {short:.4%} of wealth are missing.": (
        "Никакие сделки не соблюдают {limit} вместе с {others}: не хватает {short:.4%} капитала."
    ),
    "Ease this limit, or the bounds of the names in it.": "Ослабьте этот предел или границы его бумаг.",
    "Ease one of these limits.": "Ослабьте один из этих пределов.",
    "{one} and {other}": "{one} и {other}",
    "the least cash of {share:.4%}": "«денег не меньше {share:.4%}»",
    "the total of {share:.4%}": "«в сумме {share:.4%}»",
    "the limit of {share:.4%} on group {group}": "«группа {group} не больше {share:.4%}»",
    "the turnover of {share:.4%}": "«оборот не больше {share:.4%}»",
    "The cap on each of {count} auto {count:asset|assets} leaves {room:.4%}, and {total:.4%} is to be shared.": (
        "Предел на каждый актив auto (всего их {count}) оставляет {room:.4%}, а поделить нужно {total:.4%}."
    ),
    "Raise the cap, or make more assets auto.": "Поднимите предел или отдайте auto больше активов.",
    # --- what makes no sense
    "{what} is {value}.": "{what}: {value}.",
    "{what} is {value:g}.": "{what}: {value:g}.",
    "{what}: {found} {found:value|values} for {count} {count:asset|assets}.": (
        "{what}: значений {found}, а активов {count}."
    ),
    "Give a number above {above:g}.": "Задайте число больше {above:g}.",
    "Give costs as shares of a deal, from 0 to below 1: 0.0005 is 0.05%.": (
        "Задайте издержки в долях сделки, от 0 и меньше 1: 0.0005 это 0.05%."
    ),
    "the cost of buying": "издержки покупки",
    "the cost of selling": "издержки продажи",
    "the price impact": "влияние на цену",
    "the forecast": "прогноз",
    "what is held": "портфель",
    "the lower bounds": "нижние границы",
    "the upper bounds": "верхние границы",
    "the permissions to buy": "разрешения покупать",
    "the permissions to sell": "разрешения продавать",
    "the members of group {group}": "состав группы {group}",
    "the risk aversion": "неприятие риска",
    "the return of cash": "доходность денег",
    "the total to share": "сумма для раздела",
    "The bounds of {name} are {lower:.4g} and {upper:.4g}.": "Границы {name}: {lower:.4g} и {upper:.4g}.",
    "Give a lower bound of 0 or more, and an upper bound that is not below it.": (
        "Задайте нижнюю границу не меньше 0 и верхнюю не ниже неё."
    ),
    "A turnover, a smallest deal or a limit of a group is negative or no number.": (
        "Оборот, наименьшая сделка или предел группы отрицательны или не число."
    ),
    "Give shares of wealth: 0.2 is 20%.": "Задайте доли капитала: 0.2 это 20%.",
    "There is no forecast for {names}.": "Нет прогноза для {names}.",
    "Leave a name without a forecast out, or forbid its deals and give 0.": (
        "Исключите бумагу без прогноза или запретите сделки с ней и задайте 0."
    ),
    "What is held of {names} is no number.": "Доля в портфеле не число: {names}.",
    "A holding without a price cannot be weighed: leave it out.": "Позицию без цены не взвесить: исключите её.",
    "The covariance has the shape {shape} for {count} {count:asset|assets}.": (
        "Размер ковариации {shape}, а активов {count}."
    ),
    "The covariance has entries that are no numbers.": "В ковариации есть не числа.",
    "The covariance is not symmetric.": "Ковариация несимметрична.",
    "The covariance is not positive semidefinite: an eigenvalue is {lowest:.3g}, the largest {highest:.3g}.": (
        "Ковариация не является неотрицательно определённой: собственное число {lowest:.3g}, наибольшее {highest:.3g}."
    ),
    "Estimate it from complete returns, or shrink it towards its diagonal.": (
        "Оцените её по полным рядам доходностей или сдвиньте к диагонали."
    ),
    # --- accuracy
    "The optimiser stopped short of the accuracy asked for.": "Оптимизатор не достиг нужной точности.",
    "Give returns and risks of one period as fractions of 1, and a risk aversion between 0.01 and 10000.": (
        "Задайте доходности и риск одного периода в долях единицы, а неприятие риска от 0.01 до 10000."
    ),
    "The deals with price impact do not come to rest in {count} steps.": (
        "Сделки с влиянием на цену не установились, шагов: {count}."
    ),
    "Give the impact as k of k·|u|^1.5, u the share of wealth that is dealt; 0.1 is already much.": (
        "Задайте влияние как k в k·|u|^1.5, где u — доля капитала в сделке; 0.1 — уже много."
    ),
}
