import { items } from "./cart.js";

export function total() {
  return items().reduce((sum, item) => sum + item.price / 100, 0);
}
