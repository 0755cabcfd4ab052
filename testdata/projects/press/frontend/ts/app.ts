import { greet } from "./greet";

interface Reader { name: string }

const reader: Reader = { name: "reader" };
document.title = greet(reader.name);
