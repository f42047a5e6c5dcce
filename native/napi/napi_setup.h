// SPDX-License-Identifier: Apache-2.0
/// The one place that includes Node's headers. Macros that choose their flavour are in binding.gyp.
#pragma once

#include <napi.h>
