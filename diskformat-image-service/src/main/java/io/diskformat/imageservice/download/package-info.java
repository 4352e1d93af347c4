/**
 * Fetches data from the web for clients who say from where, without letting them reach by it what
 * they cannot reach themselves: {@link io.diskformat.imageservice.download.WebDownloads}.
 */
@NullMarked
package io.diskformat.imageservice.download;

import org.jspecify.annotations.NullMarked;
