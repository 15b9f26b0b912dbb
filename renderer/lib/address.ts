// What an address looks like from outside. Whether its checksum holds is main's to say.

/** G and 55 more characters of base32. */
export const isAddressShaped = (text: string): boolean => /^G[A-Z2-7]{55}$/.test(text);

/** "GBOV QKJY …": in groups of four, for reading aloud. */
export const groupedAddress = (address: string): string => address.replace(/(.{4})(?=.)/g, '$1 ');
