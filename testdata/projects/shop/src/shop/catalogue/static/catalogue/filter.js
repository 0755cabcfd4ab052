// Shows only the products whose line contains what was typed.
const filter = document.getElementById("filter");

filter.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase();
  for (const line of document.querySelectorAll("#products li")) {
    line.hidden = !line.textContent.toLowerCase().includes(wanted);
  }
});
