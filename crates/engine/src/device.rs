//! How this device presents itself. The engine does not store it, so it is set at every start.

use wacore::store::DevicePropsOverride;
use waproto::whatsapp::device_props::PlatformType;

pub(crate) fn properties(name: &str) -> DevicePropsOverride {
    DevicePropsOverride::new().with_os(name).with_platform_type(PlatformType::CHROME)
}
