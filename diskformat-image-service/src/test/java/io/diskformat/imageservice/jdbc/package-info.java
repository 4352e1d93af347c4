@NullMarked
package io.diskformat.imageservice.jdbc;

import org.jspecify.annotations.NullMarked;
