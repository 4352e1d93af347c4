package io.diskformat.imageservice;

/**
 * The data of an image, and what was found of it while it arrived.
 *
 * @param blob where the store keeps it
 * @param size of the file, in bytes
 * @param virtualSize of the disk in it, in bytes
 * @param md5 of the file, in hexadecimal digits
 * @param sha512 of the file, in hexadecimal digits
 */
public record StoredData(String blob, long size, long virtualSize, String md5, String sha512) {}
