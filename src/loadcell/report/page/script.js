"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const options = {
    displayModeBar: innerWidth > 620 ? "hover" : false, responsive: true, displaylogo: false, plotlyServerURL: "",
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
  };
  const drawn = [];

  function themed(layout, node) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    return {
      ...layout,
      height: node.clientHeight,
      font: { ...layout.font, color: colour("--soft") },
      title: layout.title && { ...layout.title, font: { ...layout.title.font, color: colour("--ink"), weight: 600 } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--line"), activecolor: colour("--soft") },
      hoverlabel: { bgcolor: colour("--card"), bordercolor: colour("--line"), font: { color: colour("--ink") } },
    };
  }

  function draw(node, figure) {
    Plotly.react(node, figure.data, themed(figure.layout, node), options);
  }

  // Charts over time zoom together.
  let moving = false;
  function follow(node) {
    node.on("plotly_relayout", (change) => {
      if (moving || !Object.keys(change).some((key) => key.startsWith("xaxis."))) return;
      const range = change["xaxis.autorange"]
        ? { "xaxis.autorange": true }
        : { "xaxis.range": [...node._fullLayout.xaxis.range] };
      moving = true;
      Promise.all(drawn.filter((other) => other.linked && other.node !== node)
        .map((other) => Plotly.relayout(other.node, range))).finally(() => { moving = false; });
    });
  }

  for (const node of document.querySelectorAll("[data-figure]")) {
    const item = { node, figure: figures[node.dataset.figure], linked: "linked" in node.dataset };
    draw(node, item.figure);
    if (item.linked) follow(node);
    drawn.push(item);
  }

  const choice = document.getElementById("entry");
  const spread = drawn.find((item) => item.node.id === "distribution");
  if (choice && spread) {
    const show = () => {
      spread.figure = figures.distributions[Number(choice.value)];
      draw(spread.node, spread.figure);
    };
    choice.addEventListener("change", show);
    choice.value = "0";
  }

  dark.addEventListener("change", () => drawn.forEach((item) => draw(item.node, item.figure)));

  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    table.querySelectorAll("th button").forEach((button) => button.addEventListener("click", () => {
      const heading = button.parentElement;
      const column = heading.cellIndex;
      const down = heading.getAttribute("aria-sort") !== "descending";
      table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const numeric = !heading.classList.contains("words");
      const compare = (a, b) => numeric ? Number(value(a)) - Number(value(b)) : value(a).localeCompare(value(b));
      [...body.rows].sort((a, b) => (down ? -1 : 1) * compare(a, b)).forEach((row) => body.append(row));
    }));
  }
})();
