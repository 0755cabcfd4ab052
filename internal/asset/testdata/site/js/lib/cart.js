import { total } from "./util.js";

export const items = () => [{ price: 100 }];
export const empty = () => total() === 0;
