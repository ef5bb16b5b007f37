// The topology is drawn from left to right, and from top to bottom where there is little room.
const narrow = matchMedia('(max-width: 640px)');
const interfaces = { 9443: 'remote cluster server', 9300: 'transport interface', 9400: 'transport interface', 9200: 'HTTP interface' };
const modelLabels = { 'api-key': 'API key', certificate: 'certificates', none: 'plain text' };
const slotHeight = 30, slotGap = 6;

function topologySection(e, d) {
  const t = d.topology;
  if (!t || !t.clusters.length) return null;
  const figure = h('figure', { class: 'figure' });
  const parts = plan(e, t);
  const show = () => figure.replaceChildren(narrow.matches ? drawDown(parts, e) : drawAcross(parts, e), caption(e, t));
  narrow.onchange = show;
  show();
  return h('section', { 'aria-labelledby': 'topology-heading' }, h('h2', { id: 'topology-heading' }, 'Topology'), figure);
}

function caption(e, t) {
  const expected = e.outcome && (e.verdict === 'passed' || e.verdict === 'flaky');
  return h('figcaption', null,
    t.broke && h('p', { class: 'broke' }, endIcon(expected ? 'expected' : 'failed'), h('span', null, ending(t.broke, expected))),
    t.remotes.length > 0 && h('dl', null, t.remotes.map((r) => [
      h('dt', null, `“${r.alias}”, ${r.mode} mode`),
      h('dd', { class: 'mono' }, (r.address || 'no address') + (r.server_name ? `, server name ${r.server_name}` : ''))])));
}

function ending(broke, expected) {
  if (broke.recovered) return `It ended here${expected ? ', as expected' : ''}: ${broke.text}. At the end the clusters were connected again.`;
  return `It ends here${expected ? ', as expected' : ''}: ${broke.text}.`;
}

function endIcon(kind) {
  return s('svg', { class: 'icon ' + kind, viewBox: '-11 -11 22 22', 'aria-hidden': 'true', focusable: 'false' }, endMark(0, 0, kind));
}

// plan turns a topology into three columns of slots and the wires between them.
function plan(e, t) {
  const place = t.broke && t.broke.place;
  const again = Boolean(t.broke && t.broke.recovered);
  // Connections of an alias that is not connected come and go: those that are open are none that last.
  const lasting = !place || again || ['search', 'local', 'remote'].includes(place);
  const model = modelLabels[tagged(e, 'model')[0]] || '';
  const used = new Set(t.remotes.map((r) => r.port));
  const listeners = [...(t.balancer.listeners || [])];
  for (const port of used) {
    if (port && !listeners.some((l) => l.port === port) && t.remotes.some((r) => r.port === port && r.address.includes(t.balancer.name))) {
      listeners.push({ port, absent: true, reached: {} });
    }
  }
  listeners.sort((a, b) => a.port - b.port);
  const local = { title: 'Local cluster', version: t.clusters[0].version, name: t.clusters[0].name,
    slots: t.remotes.map((r) => ({ text: r.alias || '(no alias)', note: r.mode + ' mode', used: true })) };
  const searchSlot = place === 'search' ? local.slots.push({ text: 'search', note: 'fails', used: true }) - 1 : -1;
  const balancer = { title: 'Load balancer', name: t.balancer.name, slots: listeners.map((l) => ({
    text: 'port ' + l.port, used: l.accepted > 0 || used.has(l.port), absent: l.absent,
    note: l.absent ? 'nothing listens' : l.accepted || l.open ? (lasting ? `${l.open} open, ${l.accepted} in all` : `${l.accepted} in all`) : used.has(l.port) ? 'no connection' : 'unused' })) };
  const remotes = t.clusters.slice(1).map((c) => ({ title: 'Remote cluster', version: c.version, name: c.name, host: c.server_name, slots: [] }));
  const left = [], right = [];
  const slotOf = (box, port, extra) => {
    const at = box.slots.findIndex((slot) => slot.port === port);
    return at >= 0 ? at : box.slots.push({ port, text: interfaces[port] || 'port ' + port, note: interfaces[port] ? String(port) : '', used: true, ...extra }) - 1;
  };
  t.remotes.forEach((r, i) => {
    const to = listeners.findIndex((l) => l.port === r.port);
    left.push({ from: i, to, live: lasting && to >= 0 && listeners[to].open > 0, cut: place === 'before-balancer' && (again ? 'middle' : true) });
  });
  listeners.forEach((l, i) => {
    const reached = Object.entries(l.reached || {});
    for (const [address, n] of reached) {
      const port = Number(address.slice(address.lastIndexOf(':') + 1));
      const box = remotes.findIndex((one) => address.startsWith(one.host + ':'));
      if (box >= 0 && n > 0) right.push({ from: i, box, to: slotOf(remotes[box], port), live: lasting && l.open > 0, cut: place === 'interface' && used.has(l.port) && 'end' });
    }
    if (!reached.length && used.has(l.port) && remotes.length && !l.absent) {
      const port = l.port === 9400 ? 9300 : l.port;
      right.push({ from: i, box: 0, to: slotOf(remotes[0], port, { absent: place === 'behind-balancer' }), dead: true, cut: place === 'behind-balancer' });
    }
  });
  return { local, balancer, remotes, left, right, model, place, searchSlot,
    kind: e.outcome && e.verdict !== 'failed' && e.verdict !== 'error' ? 'expected' : 'failed', text: t.broke && ending(t.broke, false) };
}

function describe(p) {
  const side = (box) => `${box.title} ${box.version || ''} ${box.name}` + (box.slots.length ? ': ' + box.slots.map((slot) => `${slot.text} ${slot.note}`).join('; ') : '');
  return [side(p.local), side(p.balancer), ...p.remotes.map(side), p.text].filter(Boolean).join('. ');
}

function frame(p, e, width, height, ...children) {
  return s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-labelledby': 'drawing-title drawing-text' },
    s('title', { id: 'drawing-title' }, `Topology of ${e.name}`), s('desc', { id: 'drawing-text' }, describe(p)), children);
}

function head(box) {
  return box.version ? 86 : 62;
}

function boxHeight(box) {
  return head(box) + box.slots.length * (slotHeight + slotGap) + (box.slots.length ? 8 : 0);
}

function shorten(text, n) {
  return text.length > n ? text.slice(0, n - 1) + '…' : text;
}

function drawBox(box, x, y, width) {
  return [s('rect', { class: 'box', x, y, width, height: boxHeight(box), rx: 8 }),
    s('text', { class: 'small', x: x + 16, y: y + 25 }, box.title),
    box.version ? s('text', { class: 'big', x: x + 16, y: y + 49 }, box.version) : null,
    s('text', { class: 'code', x: x + 16, y: y + (box.version ? 70 : 49) }, shorten(box.name, Math.floor((width - 32) / 7.3))),
    box.slots.map((slot, i) => {
      const top = slotTop(box, y, i);
      return [s('rect', { class: 'slot' + (slot.absent ? ' absent' : slot.used ? ' used' : ''), x: x + 10, y: top, width: width - 20, height: slotHeight, rx: 5 }),
        s('text', { class: 'slot-text' + (slot.used ? '' : ' quiet'), x: x + 20, y: top + 20 }, shorten(slot.text, 24)),
        s('text', { class: 'small', x: x + width - 20, y: top + 20, 'text-anchor': 'end' }, slot.note)];
    })];
}

function slotTop(box, y, i) {
  return y + head(box) + i * (slotHeight + slotGap);
}

function endMark(x, y, kind) {
  return s('g', { class: kind, transform: `translate(${x} ${y})` }, s('circle', { class: 'end-disc', r: 10 }), s('path', { class: 'end-sign', d: 'M-3.6-3.6L3.6 3.6M3.600-3.600L-3.600 3.600' }));
}

// wire is a curve between two points; a cut one goes on as dots after its middle.
function wire(x1, y1, x2, y2, { live, dead, cut }) {
  const xm = (x1 + x2) / 2, ym = (y1 + y2) / 2, q = (xm - x1) / 2;
  if (cut === true) {
    return [s('path', { class: 'wire', d: `M${x1} ${y1}C${x1 + q} ${y1} ${xm - q / 2} ${ym} ${xm} ${ym}` }),
      s('path', { class: 'wire dead', d: `M${xm} ${ym}C${xm + q / 2} ${ym} ${x2 - q} ${y2} ${x2} ${y2}` })];
  }
  return s('path', { class: 'wire' + (live ? ' live' : '') + (dead ? ' dead' : ''), d: `M${x1} ${y1}C${xm} ${y1} ${xm} ${y2} ${x2} ${y2}` });
}

function drawAcross(p, e) {
  const width = 262, xs = [0, 349, 698], ends = [];
  const tops = [];
  let y = 1;
  for (const box of p.remotes) {
    tops.push(y);
    y += boxHeight(box) + 18;
  }
  const height = Math.max(boxHeight(p.local), boxHeight(p.balancer), y - 18) + 3;
  const middle = (box, top, i) => slotTop(box, top, i) + slotHeight / 2;
  const wires = [];
  for (const w of p.left) {
    const y1 = middle(p.local, 1, w.from), y2 = w.to < 0 ? y1 : middle(p.balancer, 1, w.to);
    const x1 = xs[0] + width - 10, x2 = w.to < 0 ? xs[1] - 20 : xs[1] + 10;
    wires.push(wire(x1, y1, x2, y2, w));
    if (w.cut) ends.push([(x1 + x2) / 2, (y1 + y2) / 2]);
  }
  for (const w of p.right) {
    const y1 = middle(p.balancer, 1, w.from), y2 = middle(p.remotes[w.box], tops[w.box], w.to), x1 = xs[1] + width - 10, x2 = xs[2] + 10;
    wires.push(wire(x1, y1, x2, y2, w));
    if (w.cut) ends.push(w.cut === 'end' ? [xs[2], y2] : [(x1 + x2) / 2, (y1 + y2) / 2]);
    if (p.place === 'balancer' && w.dead) ends.push([xs[1] + width, y1]);
  }
  ends.push(...inBoxes(p, width, xs[2] + width - 26, middle(p.local, 1, Math.max(0, p.searchSlot)), 26));
  return frame(p, e, 960, height, drawBox(p.local, xs[0], 1, width), drawBox(p.balancer, xs[1], 1, width), p.remotes.map((box, i) => drawBox(box, xs[2], tops[i], width)), wires,
    p.model && s('text', { class: 'small', x: 305, y: 49, 'text-anchor': 'middle' }, p.model),
    ends.map(([x, yy]) => endMark(x, yy, p.kind)));
}

// inBoxes are the marks that belong to a cluster and to no wire.
function inBoxes(p, localX, remoteX, slotY, headY) {
  if (p.place === 'local') return [[localX, p.local.slots.length ? slotY : headY]];
  if (p.place === 'search') return [[localX, slotY]];
  if (p.place === 'remote' || (p.place === 'interface' && !p.right.length)) return [[remoteX, headY]];
  if (p.place === 'balancer' && !p.right.some((w) => w.dead)) return [[localX + 349, slotY]];
  return [];
}

function drawDown(p, e) {
  const width = 340, leg = 54, parts = [], ends = [];
  let y = 1;
  const down = (box) => {
    parts.push(drawBox(box, 1, y, width));
    y += boxHeight(box);
  };
  const legDown = (wires, place, label) => {
    const live = wires.some((w) => w.live), cut = wires.some((w) => w.cut === true), mark = wires.some((w) => w.cut === 'middle');
    const top = y, end = y + leg;
    if (wires.length || place) {
      if (cut) {
        parts.push(s('path', { class: 'wire', d: `M170 ${top}V${top + leg / 2}` }), s('path', { class: 'wire dead', d: `M170 ${top + leg / 2}V${end}` }));
        ends.push([170, top + leg / 2]);
      } else {
        parts.push(s('path', { class: 'wire' + (live ? ' live' : '') + (wires.every((w) => w.dead) ? ' dead' : ''), d: `M170 ${top}V${end}` }));
      }
    }
    if (mark) ends.push([170, top + leg / 2]);
    if (label) parts.push(s('text', { class: 'small', x: 186, y: top + leg / 2 + 4 }, label));
    y = end;
  };
  const slotY = slotTop(p.local, 1, Math.max(0, p.searchSlot)) + slotHeight / 2;
  down(p.local);
  legDown(p.left, false, p.model);
  down(p.balancer);
  if (p.place === 'balancer') ends.push([170, y]);
  p.remotes.forEach((box, i) => {
    legDown(p.right.filter((w) => w.box === i), false, '');
    if (p.place === 'interface' && p.right.some((w) => w.box === i && w.cut === 'end')) ends.push([170, y]);
    if (i === 0 && p.place === 'remote') ends.push([width - 25, y + 24]);
    down(box);
  });
  if (p.place === 'local' || p.place === 'search') ends.push(...inBoxes(p, width, width - 25, slotY, 24));
  return frame(p, e, 342, y + 3, parts, ends.map(([x, yy]) => endMark(x, yy, p.kind)));
}
