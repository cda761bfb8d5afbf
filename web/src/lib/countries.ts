/** Names of countries by their ISO 3166-1 codes, from the browser. */

const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

/** `NL` is `Netherlands`; what is no code of two letters stays as it is. */
export function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code;
}

/** Whether values of a field are codes of countries. */
export function isCountry(field: string): boolean {
  return field === "country" || field.endsWith("_country");
}
