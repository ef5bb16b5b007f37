// The address says what is shown: #/ the run, #/?verdict=failed&q=alias a filtered list, #/scenario/ID a scenario.
let cameFrom = '#/';
let scrolled = 0;

async function route() {
  const asked = location.hash;
  const hash = decodeSafely(location.hash.replace(/^#\/?/, ''));
  const overview = byId('overview'), page = byId('scenario');
  if (hash.path.startsWith('scenario/')) {
    const index = indexOf.get(hash.path.slice('scenario/'.length));
    if (!overview.hidden) scrolled = scrollY;
    await unpacked();
    if (location.hash !== asked) return;
    overview.hidden = true;
    page.hidden = false;
    page.replaceChildren(index === undefined ? unknownScenario() : scenarioPage(entries[index], cameFrom));
    document.title = (index === undefined ? 'Unknown scenario' : `${entries[index].verdict}: ${entries[index].name}`) + ' · crosscheck';
    scrollTo(0, 0);
    page.querySelector('h1').focus({ preventScroll: true });
    return;
  }
  if (location.hash && !location.hash.startsWith('#/')) return; // an anchor within the page
  const back = overview.hidden;
  overview.hidden = false;
  page.hidden = true;
  page.replaceChildren();
  document.title = title;
  cameFrom = location.hash || '#/';
  const filter = Object.fromEntries(new URLSearchParams(hash.query));
  applyFilter(filter);
  if (back) {
    while (drawn < shown.length && document.documentElement.scrollHeight < scrolled + innerHeight) draw(batch);
    scrollTo(0, scrolled);
  } else if (filter.verdict || filter.local || filter.remote || filter.q) {
    byId('list-heading').focus({ preventScroll: true });
    byId('list-heading').scrollIntoView();
  }
}

function decodeSafely(hash) {
  const [path, query] = [hash.split('?')[0], hash.includes('?') ? hash.slice(hash.indexOf('?') + 1) : ''];
  try {
    return { path: decodeURIComponent(path), query };
  } catch {
    return { path, query };
  }
}

function unknownScenario() {
  return h('div', null, h('a', { class: 'back', href: '#/' }, '← All scenarios'),
    h('h1', { tabindex: '-1' }, 'There is no such scenario in this run.'));
}

function filterChanged() {
  const query = new URLSearchParams();
  for (const [name, control] of Object.entries(controls)) {
    const value = control.value.trim();
    if (value) query.set(name, value);
  }
  const hash = query.size ? '#/?' + query : '#/';
  history.replaceState(null, '', hash);
  cameFrom = hash;
  applyFilter(Object.fromEntries(query));
}

const title = document.title;
let typing;
document.documentElement.classList.add('scripted');
byId('filters').addEventListener('submit', (event) => event.preventDefault());
controls.q.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(filterChanged, 120);
});
for (const name of ['verdict', 'local', 'remote', 'order']) controls[name].addEventListener('change', filterChanged);
addEventListener('hashchange', route);
route();
