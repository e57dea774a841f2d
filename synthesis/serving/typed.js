"use strict";
const typed = (() => {
  const form = document.querySelector("form");
  const data = JSON.parse(document.getElementById("data").textContent);
  const says = form.querySelector(".says");
  const saved = form.querySelector(".saved");
  const button = form.querySelector(".do");
  const fields = [...form.querySelectorAll("[name]")];
  const key = `synthesis:typed:${location.pathname}`;
  let leaving = false;

  const make = (name, text, props = {}) => {
    const made = Object.assign(document.createElement(name), props);
    if (text) made.textContent = text;
    return made;
  };
  const initial = (field) => {
    if (field.tagName !== "SELECT") return field.defaultValue;
    const chosen = [...field.options].find((each) => each.defaultSelected) || field.options[0];
    return chosen ? chosen.value : "";
  };
  const changed = () => fields.filter((each) => each.value !== initial(each));
  const values = (which) => Object.fromEntries(which.map((each) => [each.name, each.value]));
  const field = (name) => fields.find((each) => each.name === name);

  const tell = (words, bad = true) => {
    says.replaceChildren(words);
    says.classList.toggle("bad", bad);
    if (words && bad) says.focus();
  };

  // What is typed is kept in the browser until it is saved: a closed tab or a stopped server lose nothing.
  const keep = () => {
    const now = changed();
    for (const each of fields) each.closest(".f")?.classList.toggle("changed", now.includes(each));
    const count = now.length === 1 ? "1 change" : `${now.length} changes`;
    saved.textContent = now.length ? `${count}, not saved yet` : "";
    try {
      if (now.length) localStorage.setItem(key, JSON.stringify({ base: data.base, at: Date.now(), values: values(now) }));
      else localStorage.removeItem(key);
    } catch {
      saved.textContent += " (this browser keeps nothing for you)";
    }
  };
  const forget = () => {
    leaving = true;
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was kept
    }
  };
  const restore = () => {
    let kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(key));
    } catch {
      kept = null;
    }
    if (!kept) return;
    let count = 0;
    for (const [name, value] of Object.entries(kept.values)) {
      const one = field(name);
      if (!one || one.value === value) continue;
      if (one.tagName === "SELECT" && ![...one.options].some((each) => each.value === value)) continue;
      one.value = value;
      one.closest("details")?.setAttribute("open", "");
      count += 1;
    }
    if (!count) return;
    if (kept.base) data.base = kept.base;
    const day = new Date(kept.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    tell(`What you had typed on ${day} is here again, not saved yet.`, false);
    const away = make("button", "Discard it", { type: "button" });
    away.addEventListener("click", () => {
      forget();
      location.reload();
    });
    says.append(away);
    keep();
  };
  addEventListener("beforeunload", (event) => {
    if (!leaving && changed().length) event.preventDefault();
  });

  const post = async (body) => {
    let answer;
    try {
      answer = await fetch(location.pathname, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    } catch {
      return { status: 0, says: "The server does not answer. What you typed stays here: start it again, and save again." };
    }
    let told = {};
    try {
      told = await answer.json();
    } catch {
      told = { says: "The server has failed; see its terminal. What you typed stays here." };
    }
    return { ...told, status: answer.status };
  };

  // Findings stand at their fields, and others in a list.
  const show = (findings, wrong = {}) => {
    const at = new Map();
    const put = (name, severity, words) => {
      if (!at.has(name)) at.set(name, []);
      at.get(name).push({ severity, words });
    };
    for (const [name, words] of Object.entries(wrong)) put(name, "error", words);
    const rest = [];
    for (const each of findings) {
      const words = each.hint ? `${each.says}${/[.?!]$/.test(each.says) ? "" : "."} ${each.hint}` : each.says;
      if (each.field && field(each.field)) put(each.field, each.severity, words);
      else rest.push({ ...each, words });
    }
    for (const one of fields) {
      const here = at.get(one.name) || [];
      const line = document.getElementById(`${one.id}-f`);
      if (!line) continue;
      line.textContent = here.map((each) => `${each.severity}: ${each.words}`).join(" ");
      line.className = `finding ${here.some((each) => each.severity === "error") ? "error" : here[0]?.severity || ""}`;
      if (here.some((each) => each.severity === "error")) one.setAttribute("aria-invalid", "true");
      else one.removeAttribute("aria-invalid");
    }
    for (const part of form.querySelectorAll("details.part")) {
      const marks = part.querySelector(".marks");
      const bad = part.querySelectorAll("[aria-invalid]").length;
      if (marks) marks.textContent = bad ? `${bad} to look at` : "";
    }
    const items = rest.map((each) => {
      const item = make("li", "", { className: each.severity });
      item.append(make("b", each.severity), ` ${each.line ? `line ${each.line}: ` : ""}${each.words}`);
      return item;
    });
    form.querySelector(".general").replaceChildren(...items);
  };
  const goTo = (name) => {
    const one = field(name);
    if (!one) return;
    for (let box = one.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    one.scrollIntoView({ block: "center" });
    one.focus({ preventScroll: true });
  };
  const goToFirst = () => {
    const first = form.querySelector("[aria-invalid]");
    if (first) goTo(first.name);
  };

  // A question to the server a moment after the last key, and never two at once.
  let timer = 0;
  let asking = 0;
  const checking = (ask, told) => {
    form.addEventListener("input", () => {
      keep();
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const mine = (asking += 1);
        const answer = await ask();
        if (mine === asking) told(answer);
      }, 400);
    });
  };
  const saving = (save) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      asking += 1;
      try {
        await save();
      } finally {
        button.disabled = false;
      }
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  };
  return {
    form, data, fields, make, initial, changed, values, field, tell, keep, forget, restore, post, show, goTo, goToFirst,
    checking, saving, saved,
  };
})();
