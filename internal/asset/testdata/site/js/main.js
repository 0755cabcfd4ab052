/*! A shop, MIT */
import { total } from "./lib/util.js";
import * as cart from "cart";
export * from "./lib/cart.js";

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const picture = new URL("../img/photo.png", import.meta.url).href;

export async function later() {
  const lazy = await import(/* webpackChunkName: "lazy" */ "./lazy.js");
  return lazy.default(picture, worker, total(), cart, 'import "./not-there.js"', /["'`]/.test(picture));
}
