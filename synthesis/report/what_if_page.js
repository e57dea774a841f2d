// "What if": studies in and out, and other choices, beside the review's own; the address holds what is changed.
(() => {
  const BACK = {
    identity: (value) => value,
    log: Math.exp,
    "Fisher z": Math.tanh,
    logit: (value) => 1 / (1 + Math.exp(-value)),
  };
  const MODELS = { random: "random effects", common: "common effect" };
  const ESTIMATORS = { REML: "REML", ML: "maximum likelihood", DL: "DerSimonian-Laird", PM: "Paule-Mandel" };
  const TESTS = { HKSJ: "Hartung-Knapp", adhoc: "Hartung-Knapp, not below Wald", z: "Wald", t: "t(k − 1)" };
  const MINUS = "−";

  const make = (name, text, props = {}) => {
    const made = Object.assign(document.createElement(name), props);
    if (text) made.textContent = text;
    return made;
  };

  // Numbers as the rest of the page has them: evidence/wording.py.
  const fixed = (value, decimals) => {
    const text = value.toFixed(decimals);
    return /^-[0.]+$/.test(text) ? text.slice(1) : text;
  };
  const places = (value, digits) => digits - 1 - Math.floor(Math.log10(Math.abs(value)));
  const power = (value, strip) => {
    const [digits, exponent] = value.toExponential(1).split("e");
    const mantissa = strip ? digits.replace(/\.0$/, "") : digits;
    const head = strip && mantissa === "1" ? "" : mantissa + "×";
    return head + "10" + [...String(Number(exponent))].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(sign)]).join("");
  };
  const number = (value, decimals) => {
    if (Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : MINUS + "∞";
    if (Math.abs(value) >= 1e6) return power(value, true).replace("-", MINUS);
    return fixed(value, decimals).replace("-", MINUS);
  };
  const ratio = (value, decimals) => {
    if (value > 0 && value < 1e-4) return power(value, true);
    const enough = value > 0 && Number.isFinite(value) ? Math.max(decimals, places(value, 1)) : decimals;
    return number(value, enough);
  };
  const digits = (value, count) => fixed(value, Math.max(0, places(Number(value.toExponential(count - 1)), count)));
  const significant = (value) => {
    if (!value || !Number.isFinite(value)) return number(value, 0).replace(MINUS, "-");
    if (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-6) return power(value, false);
    return digits(value, 2);
  };
  const pText = (p) => {
    if (Number.isNaN(p)) return "p not defined";
    if (p < 1e-4) return "p < 0.0001";
    for (let count = 2; count < 9; count++) if (Number(digits(p, count)) !== 0.05) return "p = " + digits(p, count);
    return "p = " + digits(p, 2);
  };
  const percent = (share) => Number((100 * share).toPrecision(4)) + "%";

  // Estimates that enter under other preferences of reports and adjustment: rows that nobody sees before.
  const OWN = "own";
  const others = JSON.parse(document.getElementById("others").textContent);
  const draw = (svg, name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    svg.append(made);
    return made;
  };
  const path = (svg, look, d) => draw(svg, "path", { class: look, d });
  const part = (place) => Math.round(place) / 10 + "%";
  // Studies are drawn in pixels from their place, what is below them in thousandths of the panel.
  const arrows = (svg, { cut }) => {
    const scaled = svg.hasAttribute("viewBox");
    if (cut[0]) path(svg, "a", scaled ? "M2 10L22 5V15Z" : "M0 10l7-5v10z");
    if (cut[1] && scaled) path(svg, "a", "M998 10L978 5V15Z");
    else if (cut[1]) path(draw(svg, "svg", { x: "100%" }), "a", "M0 10l-7-5v10z");
  };
  const otherRow = (id, level, [entry, label, cells, estimate, interval, y, v, group, drawn]) => {
    const row = make("tr", "", { id: `${id}/${entry}`, hidden: true });
    Object.assign(row.dataset, { y, v, entry: "e/" + entry, other: "" });
    if (group) row.dataset.g = group;
    row.append(make("th", label), ...cells.map((text) => make("td", text, { className: "c" })));
    const numbers = make("td", "", { className: "e" });
    numbers.append(make("a", estimate, { href: "#" + row.id }), " ", make("span", interval));
    const panel = make("td", "", { className: "plot" });
    const svg = draw(panel, "svg", { role: "img", "aria-label": `${label}: ${estimate}, ${level} interval ${interval}` });
    const [point, from, to, ...cut] = drawn;
    if (point !== null) draw(svg, "rect", { class: "m8", x: part(point) });
    draw(svg, "line", { x1: part(from), x2: part(to) });
    arrows(svg, { cut });
    row.append(numbers, make("td", "", { className: "w" }), panel);
    return row;
  };

  // An analysis whose studies can be taken out.
  const changeable = (table) => {
    const section = table.closest("section");
    const data = table.dataset;
    const common = data.estimator === "EE";
    const own = {
      model: common ? "common" : "random",
      estimator: common ? "REML" : data.estimator,
      test: data.test,
      level: Number(data.level),
      data: OWN,
    };
    const shown = [...section.querySelectorAll("tr[data-y]")];
    const { sets, rows: hidden } = others[section.id] || { sets: [], rows: [] };
    const units = [...shown, ...hidden.map((told) => otherRow(section.id, percent(own.level), told))];
    for (const row of units.slice(shown.length)) {
      const before = units.findLast((each) => each.isConnected && each.dataset.g === row.dataset.g);
      row.className = before.className;
      if (table.querySelectorAll("thead .w").length === 0) row.querySelector(".w").remove();
      before.after(row);
    }
    const members = new Map([[OWN, new Set(shown)]]);
    for (const [key, , places] of sets) members.set(key, new Set(places.map((place) => units[place])));
    const below = [...section.querySelectorAll("[data-role]")];
    const whole = data.whole === undefined ? null : Number(data.whole);
    const log = data.scale === "log";
    const [low, high] = data.ends.split(" ").map((end) => (log ? Math.log(Number(end)) : Number(end)));
    const written = (value) => (log ? ratio : number)(BACK[data.back](value), Number(data.decimals));
    const pair = (from, to) => `${written(from)} to ${written(to)}`;
    const name = (row) => row.id.slice(section.id.length + 1);
    const label = (row) => row.firstElementChild.textContent.trim();
    const group = (node) => Number(node.dataset.g || 0);
    let state = { ...own, out: new Set() };

    // What stood there before the first change, to be put back.
    const kept = new Map();
    const keep = (node) => {
      if (node && !kept.has(node)) kept.set(node, [...node.childNodes].map((each) => each.cloneNode(true)));
      return node;
    };
    const restore = () => {
      for (const [node, content] of kept) node.replaceChildren(...content.map((each) => each.cloneNode(true)));
      for (const node of below) node.hidden = false;
      for (const row of units) {
        row.classList.remove("gone");
        row.hidden = !members.get(OWN).has(row);
      }
    };
    const write = (node, text) => keep(node) && node.replaceChildren(text);

    const place = (value) => {
      const shown = BACK[data.back](value);
      return (1000 * ((log ? Math.log(shown) : shown) - low)) / (high - low);
    };
    const span = (from, to) => {
      const ends = [place(from), place(to)];
      const cut = [ends[0] < -0.5, ends[1] > 1000.5];
      const held = [cut[0] ? 22 : ends[0], cut[1] ? 978 : ends[1]].map((end) => Math.min(1000, Math.max(0, end)));
      return { from: Math.round(held[0]), to: Math.round(Math.max(...held)), cut };
    };
    const redraw = (row, spoken) => {
      const svg = keep(row.querySelector(".plot svg"));
      const before = [...svg.querySelectorAll(".d, .o")].map((each) => each.getAttribute("d"));
      svg.replaceChildren();
      for (const d of before) path(svg, "ghost", d);
      svg.setAttribute("aria-label", spoken);
      return svg;
    };

    const numbers = (row, estimate, interval) => {
      const cell = row.querySelector(".e");
      const link = cell.querySelector("a");
      const shown = keep(cell).querySelector("a, b");
      const second = cell.querySelector("span");
      if (link && estimate === null) shown.textContent = interval;
      else {
        shown.textContent = estimate;
        if (second) second.textContent = interval;
      }
    };

    const fit = (position) => {
      const enters = (row) => members.get(state.data).has(row) && !state.out.has(name(row));
      const rows = units.filter((row) => enters(row) && (position === whole || group(row) === position));
      if (!rows.length) return null;
      const found = whatIf.pool({
        yi: rows.map((row) => Number(row.dataset.y)),
        vi: rows.map((row) => Number(row.dataset.v)),
        estimator: state.model === "common" ? "EE" : state.estimator,
        test: state.test,
        prediction: data.prediction,
        level: state.level,
      });
      return { ...found, rows, weightOf: new Map(rows.map((row, at) => [row, found.weights[at]])) };
    };

    const summary = (row, found, share) => {
      const effects = state.model === "common" ? "Equal effects" : "Random effects";
      const head = label(row).startsWith("Overall") ? "Overall, " + effects.toLowerCase() : effects;
      const words = `${head} (${found.k})`;
      write(row.firstElementChild, words);
      numbers(row, written(found.estimate), pair(found.lower, found.upper));
      if (share !== null) write(row.querySelector(".w"), fixed(share, 1) + " %");
      const interval = `${percent(state.level)} interval ${pair(found.lower, found.upper)}`;
      const svg = redraw(row, `${words}: ${written(found.estimate)}, ${interval}`);
      const ends = span(found.lower, found.upper);
      const middle = Math.round(Math.min(ends.to, Math.max(ends.from, place(found.estimate))));
      const half = row.matches(".summary") ? 7 : 6;
      path(svg, row.matches(".summary") ? "d" : "o", `M${ends.from} 10L${middle} ${10 - half}L${ends.to} 10L${middle} ${10 + half}Z`);
      arrows(svg, ends);
    };

    const prediction = (row, found) => {
      row.hidden = Number.isNaN(found.predictionLower);
      if (row.hidden) return;
      const words = `${percent(state.level)} prediction interval`;
      const interval = pair(found.predictionLower, found.predictionUpper);
      write(row.firstElementChild, words);
      numbers(row, null, interval);
      const svg = redraw(row, `${words} ${interval}`);
      const ends = span(found.predictionLower, found.predictionUpper);
      path(svg, "b", `M${ends.from} 10H${ends.to}`);
      path(svg, "", (ends.cut[0] ? "" : `M${ends.from} 5V15`) + (ends.cut[1] ? "" : `M${ends.to} 5V15`));
      arrows(svg, ends);
    };

    const heterogeneity = (found) => {
      const tau2 = `τ² = ${significant(found.tau2)} [${significant(found.tau2Lower)}, ${significant(found.tau2Upper)}]`;
      const i2 = `I² = ${fixed(found.I2, 0)}% [${fixed(found.I2Lower, 0)}, ${fixed(found.I2Upper, 0)}]`;
      const q = `Q = ${fixed(found.Q, 2)} (${found.Qdf} df, ${pText(found.Qp)})`;
      return `Heterogeneity: ${tau2}; ${i2} (${percent(state.level)} CI); ${q}`;
    };
    const tested = (found) => {
      const statistic = found.df === Infinity ? "z" : `t(${found.df})`;
      return `Test of no effect: ${statistic} = ${number(found.statistic, 2)}, ${pText(found.p)}`;
    };

    const study = (row, found) => {
      row.hidden = !members.get(state.data).has(row);
      if (row.hidden) return;
      const gone = state.out.has(name(row));
      row.classList.toggle("gone", gone);
      const weight = found && found.weightOf.get(row);
      const cell = row.querySelector(".w");
      if (cell) write(cell, gone ? "left out" : weight === undefined ? "" : fixed(weight, 1) + " %");
      if (state.level !== own.level) {
        const y = Number(row.dataset.y);
        const half = whatIf.quantile(Infinity, state.level) * Math.sqrt(Number(row.dataset.v));
        numbers(row, written(y), pair(y - half, y + half));
        const mark = row.querySelector(".plot rect");
        const svg = redraw(row, `${label(row)}: ${written(y)}, ${percent(state.level)} interval ${pair(y - half, y + half)}`);
        const ends = span(y - half, y + half);
        if (mark) svg.append(mark);
        draw(svg, "line", { x1: part(ends.from), x2: part(ends.to) });
        arrows(svg, ends);
      }
      const mark = row.querySelector(".plot rect");
      if (mark && weight !== undefined && found) {
        keep(row.querySelector(".plot svg"));
        const most = Math.max(...found.weights);
        mark.setAttribute("class", "m" + Math.max(2, Math.round(15 * Math.sqrt(weight / most))));
      }
    };

    const pooledAnew = () => {
      const fits = new Map();
      const of = (position) => {
        if (!fits.has(position)) fits.set(position, fit(position));
        return fits.get(position);
      };
      for (const row of units) study(row, of(whole === null ? group(row) : whole));
      for (const node of below) {
        const found = of(group(node));
        const role = node.dataset.role;
        node.hidden = role === "other" || role === "wald" || !found || (found.k < 2 && role !== "pooled");
        if (node.hidden) continue;
        if (role === "pooled") {
          const all = whole === null ? null : of(whole);
          const share = all ? found.rows.reduce((sum, row) => sum + all.weightOf.get(row), 0) : node.querySelector(".w") ? 100 : null;
          summary(node, found, whole === null && node.matches(".subgroup") ? null : share);
        } else if (role === "prediction") prediction(node, found);
        else if (role === "heterogeneity") write(node.querySelector("td") || node, heterogeneity(found));
        else if (role === "test") write(node.querySelector("td") || node, tested(found));
      }
      const head = table.querySelector("thead .e span");
      if (head) write(head, percent(state.level) + " CI");
      return of(whole === null ? 0 : whole);
    };

    // What is different, in words.
    const differences = () => {
      const said = [];
      const entering = units.filter((row) => members.get(state.data).has(row));
      const without = entering.filter((row) => state.out.has(name(row))).map(label);
      if (state.data !== OWN) said.push("other estimates, " + sets.find(([key]) => key === state.data)[1]);
      if (without.length) said.push("without " + without.join(", "));
      if (state.model !== own.model) said.push(MODELS[state.model]);
      else if (state.estimator !== own.estimator && state.model === "random") said.push(ESTIMATORS[state.estimator]);
      if (state.test !== own.test) said.push(TESTS[state.test]);
      if (state.level !== own.level) said.push(percent(state.level) + " intervals");
      return said;
    };
    const narrow = (found) => {
      const less = found && found.k > 1 && state.test === "HKSJ" && found.upper - found.lower < found.waldUpper - found.waldLower;
      return less ? ` The Hartung-Knapp interval is narrower than Wald's, ${pair(found.waldLower, found.waldUpper)}.` : "";
    };
    const ownRow = below.find((row) => row.dataset.role === "pooled" && (whole === null || group(row) === whole));
    const ownCell = ownRow && ownRow.querySelector(".e");
    const ownWords = ownCell ? `The review's own: ${[...ownCell.querySelectorAll("a, b, span")].map((each) => each.textContent).join(" (")}).` : "";

    const note = make("p", "", { className: "flag", hidden: true });
    note.setAttribute("role", "status");
    const bar = make("div", "", { className: "what" });
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "What if");
    const told = make("output", "");
    const back = make("button", "Back to the review's own", { type: "button" });

    const apply = () => {
      restore();
      const said = differences();
      section.classList.toggle("changed", said.length > 0);
      for (const [key, select] of Object.entries(selects)) select.value = String(state[key]);
      if (selects.estimator) selects.estimator.disabled = state.model === "common";
      for (const [row, box] of boxes) box.checked = !state.out.has(name(row));
      note.hidden = !said.length;
      back.hidden = !said.length;
      told.textContent = said.length ? "" : "the review's own choices";
      if (said.length) {
        const found = pooledAnew();
        const hidden = below.some((node) => node.dataset.role === "other") ? " What is not pooled anew is hidden." : "";
        const left = found ? "" : " No study is left.";
        note.textContent = `Changed: ${said.join("; ")}.${left}${narrow(found)} ${ownWords}${hidden}`;
      }
    };
    const changed = () => {
      apply();
      remember();
    };

    const selects = {};
    const choice = (key, words, options) => {
      const select = make("select", "");
      for (const [value, text] of Object.entries(options)) select.append(make("option", text, { value }));
      select.addEventListener("change", () => {
        state[key] = key === "level" ? Number(select.value) : select.value;
        changed();
      });
      const line = make("label", words);
      line.append(select);
      bar.append(line);
      selects[key] = select;
    };
    bar.append(make("span", "What if:"));
    choice("model", "", MODELS);
    choice("estimator", "", ESTIMATORS);
    choice("test", "", TESTS);
    if (data.parts === undefined) {
      const levels = [...new Set([0.9, 0.95, 0.99, own.level])].sort((a, b) => a - b);
      choice("level", "", Object.fromEntries(levels.map((level) => [String(level), percent(level)])));
    }
    if (sets.length) choice("data", "", { [OWN]: "own estimates", ...Object.fromEntries(sets) });
    const names = { data: "Reports and adjustment", model: "Model", estimator: "Estimator of the variance between studies", test: "Test and interval", level: "Level" };
    for (const [key, select] of Object.entries(selects)) select.setAttribute("aria-label", names[key]);
    back.addEventListener("click", () => {
      state = { ...own, out: new Set() };
      changed();
    });
    bar.append(told, back);
    const frame = table.parentElement;
    frame.before(bar);
    frame.after(note);

    const boxes = units.map((row) => {
      const box = make("input", "", { type: "checkbox", checked: true });
      box.setAttribute("aria-label", `${label(row)} is pooled`);
      box.addEventListener("change", () => {
        if (box.checked) state.out.delete(name(row));
        else state.out.add(name(row));
        changed();
      });
      row.firstElementChild.prepend(box);
      return [row, box];
    });

    return {
      id: section.id,
      title: section.querySelector("h2").textContent,
      changed: () => differences().length > 0,
      told: () => {
        const parts = Object.keys(own).filter((key) => state[key] !== own[key]).map((key) => `${key}:${state[key]}`);
        if (state.out.size) parts.push("without:" + [...state.out].join(","));
        return [section.id, ...parts].join(";");
      },
      read: (words) => {
        const asked = { ...own, out: new Set() };
        for (const word of words) {
          const [key, value] = word.split(":");
          if (key === "without") value.split(",").filter((each) => units.some((row) => name(row) === each)).forEach((each) => asked.out.add(each));
          else if (selects[key] && [...selects[key].options].some((option) => option.value === value)) asked[key] = key === "level" ? Number(value) : value;
        }
        state = asked;
        apply();
      },
    };
  };

  const analyses = [...document.querySelectorAll("table[data-estimator]")].map(changeable);
  const flag = make("p", "", { className: "flag changed-page", hidden: true });
  document.querySelector("header").append(flag);

  const say = () => {
    const titles = analyses.filter((each) => each.changed()).map((each) => each.title);
    flag.hidden = !titles.length;
    flag.textContent = `This page is changed by its reader: ${titles.join("; ")}. What follows there is not the review's own. `;
  };
  const remember = () => {
    const told = analyses.filter((each) => each.changed()).map((each) => each.told());
    const [anchor] = location.hash.slice(1).split("?");
    history.replaceState(null, "", "#" + (anchor || (told[0] || "").split(";")[0]) + (told.length ? "?" + told.join("&") : ""));
    say();
  };
  const recall = () => {
    let asked = "";
    try {
      asked = decodeURIComponent(location.hash).split("?")[1] || "";
    } catch {
      asked = "";
    }
    const of = new Map(asked.split("&").map((each) => each.split(";")).map(([id, ...words]) => [id, words]));
    for (const each of analyses) each.read(of.get(each.id) || []);
    say();
  };
  addEventListener("popstate", recall);
  recall();
})();
