// Predicted stars with their distribution, and the order of liking: bayes/*.py and liked_order.py.

export class Stars {}
