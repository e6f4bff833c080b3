import CoverAPI
