import { total } from "./lib/util.js";
postMessage(total());
