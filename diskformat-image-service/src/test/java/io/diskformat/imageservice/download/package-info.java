@NullMarked
package io.diskformat.imageservice.download;

import org.jspecify.annotations.NullMarked;
