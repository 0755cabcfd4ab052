square = (x) -> x * x
window.square = square
