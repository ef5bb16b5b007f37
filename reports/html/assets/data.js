// The list is read at once. The rest of the scenarios, and the evidence, are unpacked when somebody first asks for them.
async function unpack(id) {
  const text = atob(JSON.parse(byId(id).textContent));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
}

const entries = JSON.parse(byId('data-index').textContent);
let details, evidence; // once they were unpacked
let unpacking;

function unpacked() {
  return unpacking ??= Promise.all([unpack('data-details'), unpack('data-evidence')]).then((both) => {
    [details, evidence] = both;
  });
}

const urgency = ['failed', 'error', 'flaky', 'skipped', 'passed', 'unsupported'];
const indexOf = new Map(entries.map((e, i) => [e.id, i]));
entries.forEach((e, i) => {
  e.index = i;
  e.rank = urgency.indexOf(e.verdict);
});

// haystack is what the search looks at. The steps join it once they were unpacked.
function haystack(e) {
  return e.text ??= [e.name, e.feature, e.where, e.reason, e.tags, e.outcome, e.local, e.remote, e.verdict].join('\n').toLowerCase();
}

function withSteps(e) {
  if (!details) return '';
  return e.deep ??= details.scenarios[e.index].steps.map((step) => step.text + '\n' + (step.message || '')).join('\n').toLowerCase();
}

function link(e) {
  return '#/scenario/' + encodeURIComponent(e.id);
}

// tagged are the values of tags such as @guide:NAME.
function tagged(e, name) {
  const start = '@' + name + ':';
  return (e.tags || '').split(' ').filter((tag) => tag.startsWith(start)).map((tag) => tag.slice(start.length));
}
