// An OpenID provider with one user, for tests: node provider.mjs ISSUER ADDRESS PORT NAME PASSWORD. Its pages are forms without scripts.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [issuer, address, port, name, password] = process.argv.slice(2);
const codes = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'];
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'visco',
      application_type: 'native',
      // oidc-agent always sends one, and an empty one is refused by this provider.
      client_secret: 'known-to-all',
      redirect_uris: ['http://localhost:4242'],
      grant_types: codes,
      response_types: ['code'],
    },
  ],
  features: { devInteractions: { enabled: false }, deviceFlow: { enabled: true } },
  interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
  claims: { openid: ['sub'], profile: ['name'] },
  cookies: { keys: ['of a test'] },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
  ttl: { AccessToken: 3600, RefreshToken: 86400, Grant: 86400, Interaction: 3600, Session: 3600 },
});
provider.on('server_error', (_, error) => console.error(error));
for (const event of ['grant.error', 'authorization.error']) {
  provider.on(event, (_, error) => console.error(event, error.message, error.error_detail ?? ''));
}

const escaped = (text) => String(text).replace(/[&<>"]/g, (it) => `&#${it.charCodeAt(0)};`);
const page = (title, body) => `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>${escaped(title)}</title></head>
<body style="background:#ffffff;color:#202830;font-family:sans-serif;margin:40px"><h1>${escaped(title)}</h1>${body}</body></html>`;
// Each thing to click on has a colour of its own, by which a test finds it on a desktop.
const wrong = '<p style="background:#ea9999;padding:6px">Wrong name or password.</p>';
const signIn = (uid, isWrong) => page('Sign in at the demo provider', `${isWrong ? wrong : ''}
<form method="post" action="/sign-in/${uid}/name">
<p>Name<br><input name="name" size="30" style="background:#fff2cc"></p>
<p>Password<br><input name="password" type="password" size="30" style="background:#d9ead3"></p>
<p><input type="submit" value="Sign in" style="background:#cfe2f3;padding:6px"></p></form>`);
const consent = (uid, details) => page('Does visco get access?', `
<p>The program <b>${escaped(details.params.client_id)}</b> wants: ${escaped(details.params.scope)}</p>
<form method="post" action="/sign-in/${uid}/allow">
<p><input type="submit" value="Allow" style="background:#b6d7a8;padding:6px"></p></form>
<form method="post" action="/sign-in/${uid}/refuse">
<p><input type="submit" value="Refuse" style="background:#f4cccc;padding:6px"></p></form>`);

async function allow(details) {
  const { missingOIDCScope, missingOIDCClaims } = details.prompt.details;
  const grant = details.grantId
    ? await provider.Grant.find(details.grantId)
    : new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  return { consent: { grantId: await grant.save() } };
}

async function form(request) {
  let text = '';
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}

async function interact(request, response, uid, step) {
  const say = (status, text) => {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text);
  };
  const details = await provider.interactionDetails(request, response);
  const end = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  if (step === 'name') {
    const given = await form(request);
    if (given.get('name') !== name || given.get('password') !== password) {
      return say(403, signIn(uid, true));
    }
    return end({ login: { accountId: name } });
  }
  if (step === 'allow') return end(await allow(details));
  if (step === 'refuse') return end({ error: 'access_denied', error_description: 'The user has refused.' });
  return say(200, details.prompt.name === 'login' ? signIn(uid, false) : consent(uid, details));
}

// NetSurf takes no cookie whose path is not that of the page that sets it, or one above.
function cookiesForAll(response) {
  const set = response.setHeader.bind(response);
  response.setHeader = (field, value) =>
    set(
      field,
      field.toLowerCase() === 'set-cookie' ? [value].flat().map((it) => it.replace(/path=[^;]*/i, 'path=/')) : value,
    );
}

const all = provider.callback();
createServer((request, response) => {
  cookiesForAll(response);
  const [, own, uid, step] = new URL(request.url, issuer).pathname.split('/');
  if (own !== 'sign-in') return all(request, response);
  interact(request, response, uid, step).catch((error) => {
    console.error(error);
    response.writeHead(400, { 'content-type': 'text/html; charset=utf-8' }).end(page('This page is no longer there', ''));
  });
}).listen(Number(port), address, () => console.log(`listening on ${address}:${port}`));
