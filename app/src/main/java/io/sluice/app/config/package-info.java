/** What the server is told, and where from: options, environment, file. */
@NullMarked
package io.sluice.app.config;

import org.jspecify.annotations.NullMarked;
