import http from 'k6/http';
import { sleep } from 'k6';

const users = Number(__ENV.BENCH_USERS);
const wait = Number(__ENV.BENCH_WAIT || 0);
const ramp = Number(__ENV.BENCH_RAMP || 0);

export const options = {
  scenarios: {
    load: ramp
      ? {
          executor: 'ramping-vus',
          startVUs: 0,
          stages: [
            { duration: `${ramp}s`, target: users },
            { duration: `${__ENV.BENCH_SECONDS}s`, target: users },
          ],
          gracefulRampDown: '0s',
        }
      : { executor: 'constant-vus', vus: users, duration: `${__ENV.BENCH_SECONDS}s` },
  },
};

export default function () {
  http.get(__ENV.BENCH_URL, { tags: { name: 'get' } });
  if (wait) sleep(wait);
}
