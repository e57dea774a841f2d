"use strict";
(() => {
  const panel = document.getElementById("panel");
  const body = document.getElementById("panel/body");
  const title = document.getElementById("panel/title");
  const hint = body.firstElementChild;
  const wide = matchMedia("(min-width: 80.01rem)");
  const small = matchMedia("(max-width: 40rem)");
  let opener = null;

  const make = (name, text, props = {}) => {
    const made = Object.assign(document.createElement(name), props);
    if (text) made.textContent = text;
    return made;
  };
  const at = (anchor) => (anchor ? document.getElementById(anchor) : null);
  const here = () => {
    try {
      return decodeURIComponent(location.hash.slice(1)).split("?")[0];
    } catch {
      return "";
    }
  };

  // What a reader changed stands behind the address of the number.
  const changes = () => {
    const start = location.hash.indexOf("?");
    return start < 0 ? "" : location.hash.slice(start);
  };

  // Without scripts a number leads to its entry; with them it has the address of its own row.
  for (const row of document.querySelectorAll(".forest tr[id]")) {
    const link = row.querySelector("td a[href^='#e/'], td a[href^='#p/']");
    if (link) {
      row.dataset.entry = link.getAttribute("href").slice(1);
      link.setAttribute("href", "#" + row.id);
    }
  }

  const fact = (list, name, source, before) => {
    if (!source) return;
    const said = make("dd");
    if (typeof source === "string") said.textContent = source;
    else if (source.tagName === "UL") said.append(source);
    else for (const node of source.childNodes) if (node.tagName !== "TD") said.append(node.cloneNode(true));
    list.insertBefore(make("dt", name), before);
    list.insertBefore(said, before);
  };

  const copied = (text, button) => {
    const told = (word) => {
      const was = button.textContent;
      button.textContent = word;
      setTimeout(() => (button.textContent = was), 1600);
    };
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(() => told("Copied"), () => told("Not copied"));
    } else {
      const area = make("textarea", "", { value: text });
      document.body.append(area);
      area.select();
      told(document.execCommand("copy") ? "Copied" : "Not copied");
      area.remove();
    }
  };

  const acts = (anchor, more) => {
    const line = make("p", "", { className: "acts" });
    line.append(make("a", "Link to this number", { href: "#" + anchor + changes() }));
    const copy = make("button", "Copy the link", { type: "button" });
    copy.addEventListener("click", () => copied(location.href.split("#")[0] + "#" + anchor + changes(), copy));
    line.append(copy, ...more);
    return line;
  };

  const ofEstimate = (entry, row, anchor) => {
    const record = entry.closest(".record");
    const study = record.id.slice(2);
    const [title, place, printed, rest] = entry.children;
    const list = make("dl");
    fact(list, "Paper", at(`r/${study}/${entry.dataset.r || record.dataset.r}`), null);
    fact(list, "Place", place, null);
    fact(list, "As printed", printed, null);
    fact(list, "Number of", entry.parentElement.querySelector("th"), null);
    if (rest.firstElementChild) for (const node of rest.querySelectorAll("dt, dd")) list.append(node.cloneNode(true));
    else if (rest.textContent.trim()) fact(list, "Not pooled", rest, null);
    const findings = document.querySelectorAll(`.audit a[href="#${entry.id}"]`);
    const audit = make("ul");
    for (const each of findings) audit.append(each.closest("li").cloneNode(true));
    fact(list, "Audit", findings.length ? audit : "✓ nothing found", null);
    let value = "";
    if (row) {
      const shown = row.querySelector(".e a, .e b");
      value = shown ? ": " + shown.textContent : "";
      const weight = row.querySelector(".w");
      if (weight && weight.textContent) {
        const changed = row.closest("section").matches(".changed");
        const without = row.dataset.o ? "; without it " + row.dataset.o : "";
        fact(list, "Weight", weight.textContent + (changed ? ", as the reader changed it" : without), null);
      }
    }
    fact(list, "Model", at(`m/${study}/${entry.dataset.m}`), null);
    fact(list, "Read by", record.querySelector(".reading"), null);
    const whose = [record.querySelector("summary b"), title].map((node) => node.textContent.trim());
    const open = make("a", "Open the record", { href: "#" + record.id });
    return [make("h4", whose.filter((word) => word !== "all").join(", ") + value), list, acts(anchor, [open])];
  };

  // The scripts stand in the page compressed, and are taken out when somebody asks for one.
  let scripts = null;
  const unpacked = async () => {
    if (!scripts) {
      const bytes = Uint8Array.from(atob(at("scripts").textContent), (letter) => letter.charCodeAt(0));
      const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      scripts = JSON.parse(await new Response(plain).text());
    }
    return scripts;
  };

  const save = (text, name) => {
    const href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    make("a", "", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  };

  const saving = (language, script, lines, name) => {
    const button = make("button", `Save the script in ${language}`, { type: "button" });
    const whole = [script.head, ...lines, script.tail].join("\n") + "\n";
    button.addEventListener("click", () => save(whole, `${name}.${script.ending}`));
    return button;
  };

  const recipes = async (analysis, place) => {
    for (const [language, script] of Object.entries(await unpacked())) {
      const lines = script.analyses[analysis];
      if (!lines) continue;
      const shown = make("details");
      const text = make("pre", lines.trim(), { tabIndex: 0 });
      text.setAttribute("aria-label", "Lines in " + language);
      shown.append(make("summary", "In " + language), text, saving(language, script, [lines], analysis));
      place.append(shown);
    }
  };

  const ofPooled = (pooled, anchor) => {
    const shown = pooled.cloneNode(true);
    shown.removeAttribute("id");
    const place = make("div", "", { className: "recipes" });
    recipes(anchor.split("/")[0], place);
    const section = at(anchor.split("/")[0]);
    const changed = section && section.matches(".changed");
    const own = changed ? [make("p", "The table is changed; this is the review's own.", { className: "flag" })] : [];
    return [...own, shown, place, acts(anchor, [])];
  };

  const whole = async () => {
    for (const [language, script] of Object.entries(await unpacked())) {
      const place = document.querySelector(`[data-script="${language}"]`);
      if (place) place.after(" ", saving(language, script, Object.values(script.analyses), "analyses"));
    }
  };

  const unmark = () => document.querySelectorAll("tr.on").forEach((row) => row.classList.remove("on"));

  const show = (heading, parts, row) => {
    unmark();
    if (row) row.classList.add("on");
    title.textContent = heading;
    body.replaceChildren(...parts);
    panel.classList.add("open");
    panel.scrollTop = 0;
  };

  const close = () => {
    const was = opener;
    unmark();
    panel.classList.remove("open");
    title.textContent = "Where a number comes from";
    body.replaceChildren(hint);
    opener = null;
    if (was && was.isConnected) was.focus({ preventScroll: true });
  };

  // What an address is about: an estimate in an analysis, an estimate, or a pooled value.
  const about = (address) => {
    const row = at(address.replace(/^p\//, ""));
    const anchor = row && row.dataset.entry ? row.id : address;
    const entry = at(row && row.dataset.entry ? row.dataset.entry : address);
    return { anchor, entry, row: row && row.matches(".forest tr") ? row : null };
  };

  const follow = ({ anchor, entry, row }) => {
    if (entry && entry.matches(".pooled")) show("How this number was made", ofPooled(entry, anchor), row);
    else if (entry && entry.matches("[data-m]")) show("Where this number comes from", ofEstimate(entry, row, anchor), row);
    else return false;
    return true;
  };

  const reveal = (anchor) => {
    const found = at(anchor);
    for (let node = found; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (found) found.scrollIntoView({ block: found.matches("tr") && !small.matches ? "center" : "start" });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const inside = panel.contains(link);
    const found = about(decodeURIComponent(link.getAttribute("href").slice(1)).split("?")[0]);
    if (follow(found)) {
      event.preventDefault();
      if (!inside) opener = link;
      if (found.row && (inside || small.matches)) reveal(found.row.id);
      if (here() !== found.anchor) history.pushState(null, "", "#" + found.anchor + changes());
      title.focus({ preventScroll: true });
    } else {
      if (inside && !wide.matches) close();
      setTimeout(() => reveal(found.anchor));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.classList.contains("open")) close();
  });

  const arrive = () => {
    const found = about(here());
    if (follow(found)) {
      if (found.row) {
        opener = found.row.querySelector("a");
        reveal(found.row.id);
      }
    } else {
      reveal(found.anchor);
    }
  };
  addEventListener("popstate", arrive);

  const button = make("button", "×", { type: "button", className: "close" });
  button.setAttribute("aria-label", "Close");
  button.addEventListener("click", close);
  panel.prepend(button);

  // Contents: where the reader is.
  const links = new Map();
  for (const link of document.querySelectorAll("nav a")) links.set(link.getAttribute("href").slice(1), link);
  const nav = document.querySelector("nav details");
  const narrow = matchMedia("(max-width: 58rem)");
  const fold = () => (nav.open = !narrow.matches);
  narrow.addEventListener("change", fold);
  fold();
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        document.querySelectorAll("nav a[aria-current]").forEach((link) => link.removeAttribute("aria-current"));
        const link = links.get(entry.target.id);
        if (link) {
          link.setAttribute("aria-current", "true");
          const box = link.closest("nav");
          if (!narrow.matches) box.scrollTop = link.offsetTop - box.clientHeight / 2;
        }
      }
    },
    { rootMargin: "-15% 0px -75% 0px" },
  );
  document.querySelectorAll("main section").forEach((section) => seen.observe(section));

  whole();
  addEventListener("load", () => setTimeout(arrive));
})();
