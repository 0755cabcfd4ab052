import "./main.css";

document.body.append("pressed");
