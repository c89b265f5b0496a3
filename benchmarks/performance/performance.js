// Messages at an even rate over all sessions, with limits on how long their acceptance may take. Started by
// `cargo xtask performance`.
import http from 'k6/http';
import exec from 'k6/execution';
import { check } from 'k6';

const { GATEWAY_URL, TOKEN, SESSIONS, RATE, SECONDS_OF_TRAFFIC } = __ENV;
const pairs = SESSIONS.split(',').map((pair) => pair.split('='));

export const options = {
  scenarios: {
    messages: {
      executor: 'constant-arrival-rate',
      rate: Number(RATE),
      timeUnit: '1s',
      duration: `${SECONDS_OF_TRAFFIC}s`,
      preAllocatedVUs: 20,
      maxVUs: 200,
    },
  },
  thresholds: { http_req_failed: ['rate==0'], http_req_duration: ['p(95)<250'] },
};

export default function () {
  const [session, number] = pairs[exec.scenario.iterationInTest % pairs.length];
  const body = JSON.stringify({ to: number, text: `Message ${exec.scenario.iterationInTest}` });
  const answer = http.post(`${GATEWAY_URL}/v1/sessions/${session}/messages`, body, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  check(answer, { 'is accepted': ({ status }) => status === 200 || status === 202 });
}
