// Where this device is.
const CODES = { 1: "denied", 2: "unavailable", 3: "timeout" };

const told = ({ coords, timestamp }) => ({
  latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy, at: new Date(timestamp).toISOString(),
});

let last = 0; // when the place that was told last was measured

// Resolves with {position} or {problem: "denied" | "unavailable" | "timeout" | "unsupported"}; a place measured in the
// last half minute is new enough, but for who asks again: it was no help the first time.
export function findPlace(timeout = 15_000) {
  if (!navigator.geolocation) return Promise.resolve({ problem: "unsupported" });
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      (found) => { last = found.timestamp; resolve({ position: told(found) }); },
      (error) => resolve({ problem: CODES[error.code] ?? "unavailable" }),
      { enableHighAccuracy: true, maximumAge: Math.max(0, Math.min(30_000, Date.now() - last - 1)), timeout },
    );
  });
}

// Follows the place until stopped: {latest(): position or null, stop()}. onChange({position} or {problem}).
export function followPlace(onChange) {
  let latest = null;
  if (!navigator.geolocation) {
    onChange({ problem: "unsupported" });
    return { latest: () => null, stop() {} };
  }
  const watch = navigator.geolocation.watchPosition(
    (found) => { latest = told(found); onChange({ position: latest }); },
    (error) => { if (!latest) onChange({ problem: CODES[error.code] ?? "unavailable" }); },
    { enableHighAccuracy: true, maximumAge: 30_000, timeout: 30_000 },
  );
  const fresh = () => latest && Date.now() - Date.parse(latest.at) < 120_000;
  return { latest: () => (fresh() ? latest : null), stop: () => navigator.geolocation.clearWatch(watch) };
}
