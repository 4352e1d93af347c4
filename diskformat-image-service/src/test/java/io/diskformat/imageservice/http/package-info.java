@NullMarked
package io.diskformat.imageservice.http;

import org.jspecify.annotations.NullMarked;
