#include "../../procctl_common.h"
