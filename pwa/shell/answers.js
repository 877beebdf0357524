// Whose answer it is. Some networks answer every request with a page of their own until somebody signs in to them.
const type = (response) => response.headers.get("content-type") ?? "";

// A page where data was asked for: not our server's.
export const isPage = (response) => type(response).startsWith("text/html");

// The code our server gives with each refusal; "" for what a proxy says in its place.
export const refusal = async (response) => (/json/.test(type(response)) ? ((await response.json().catch(() => null))?.code ?? "") : "");
